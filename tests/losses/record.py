"""Records losses and their gradients with PyTorch and scikit-learn, in double precision.

Usage: record.py > recorded.json, with torch and scikit-learn of any version. Each case has the name and settings of a loss as a model's
file has them, outputs, targets, the mean of the loss over the samples, and its gradient with respect to the outputs.
"""

import json

import torch
import torch.nn.functional as F
from sklearn.metrics import hinge_loss, mean_pinball_loss

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
SAMPLES, COLUMNS = 5, 4
outputs = (torch.randn(SAMPLES, COLUMNS) * 2).float().double()
numbers = torch.randn(SAMPLES, COLUMNS).float().double()
unit = torch.rand(SAMPLES, COLUMNS).float().double()
binary = (unit > 0.5).double()
signs = binary * 2 - 1
labels = torch.tensor([0, 3, 1, 1, 2])
distribution = torch.rand(SAMPLES, COLUMNS)
distribution = (distribution / distribution.sum(1, keepdim=True)).float().double()
weights = torch.tensor([1.0, 0.5, 2.0, 1.5])
cases = []


def add(loss, given, targets, compute):
    """`compute` gives the loss of each sample, or of each output."""
    # What comes back from the file in single precision is exactly this.
    given = given.float().double().requires_grad_()
    value = compute(given).mean()
    value.backward()
    shared = {"outputs": given.tolist(), "targets": targets.tolist()}
    cases.append({"loss": loss, **shared, "value": value.item(), "gradient": given.grad.tolist()})


def focal(logits, gamma):
    ce = F.binary_cross_entropy_with_logits(logits, binary, reduction="none")
    p = torch.sigmoid(logits)
    return ce * (1 - (p * binary + (1 - p) * (1 - binary))) ** gamma


def focal_of_labels(scores, gamma):
    p = torch.softmax(scores, 1)[torch.arange(SAMPLES), labels]
    return (1 - p) ** gamma * F.cross_entropy(scores, labels, reduction="none")


each = {"reduction": "none"}
add("mean_squared_error", outputs, numbers, lambda x: F.mse_loss(x, numbers, **each))
add("mean_absolute_error", outputs, numbers, lambda x: F.l1_loss(x, numbers, **each))
add({"name": "huber", "delta": 0.75}, outputs, numbers, lambda x: F.huber_loss(x, numbers, delta=0.75, **each))
add("log_cosh", outputs, numbers, lambda x: torch.log(torch.cosh(x - numbers)))
add(
    {"name": "quantile", "quantile": 0.8},
    outputs,
    numbers,
    lambda x: torch.maximum(0.8 * (numbers - x), -0.2 * (numbers - x)),
)
pinball = mean_pinball_loss(numbers.numpy(), outputs.numpy(), alpha=0.8)
assert abs(cases[-1]["value"] - pinball) < 1e-12
add("hinge", outputs, signs, lambda x: torch.clamp(1 - signs * x, min=0))
of_first = hinge_loss(signs[:, 0].numpy(), outputs[:, 0].numpy())
assert abs(torch.clamp(1 - signs * outputs, min=0)[:, 0].mean().item() - of_first) < 1e-12
probabilities = torch.sigmoid(outputs)
add("binary_cross_entropy", probabilities, unit, lambda x: F.binary_cross_entropy(x, unit, **each))
add(
    "binary_cross_entropy_logits",
    outputs,
    unit,
    lambda x: F.binary_cross_entropy_with_logits(x, unit, **each),
)
add(
    {"name": "binary_cross_entropy_logits", "class_weights": [1.0, 3.0]},
    outputs,
    binary,
    lambda x: F.binary_cross_entropy_with_logits(x, binary, pos_weight=torch.tensor(3.0), **each),
)
add(
    {"name": "binary_cross_entropy_logits", "smoothing": 0.1},
    outputs,
    binary,
    lambda x: F.binary_cross_entropy_with_logits(x, binary * 0.9 + 0.05, **each),
)
add({"name": "binary_cross_entropy_logits", "focal": 2.0}, outputs, binary, lambda x: focal(x, 2.0))
add("softmax_cross_entropy", outputs, labels, lambda x: F.cross_entropy(x, labels, **each))
add(
    {"name": "softmax_cross_entropy", "class_weights": weights.tolist()},
    outputs,
    labels,
    lambda x: F.cross_entropy(x, labels, weight=weights, **each),
)
add(
    {"name": "softmax_cross_entropy", "smoothing": 0.1},
    outputs,
    labels,
    lambda x: F.cross_entropy(x, labels, label_smoothing=0.1, **each),
)
add(
    {"name": "softmax_cross_entropy", "smoothing": 0.1, "class_weights": weights.tolist()},
    outputs,
    labels,
    lambda x: F.cross_entropy(x, labels, weight=weights, label_smoothing=0.1, **each),
)
add({"name": "softmax_cross_entropy", "focal": 1.5}, outputs, labels, lambda x: focal_of_labels(x, 1.5))
add(
    {"name": "softmax_cross_entropy", "soft_targets": True},
    outputs,
    distribution,
    lambda x: F.cross_entropy(x, distribution, **each),
)
add(
    {"name": "softmax_cross_entropy", "soft_targets": True, "class_weights": weights.tolist()},
    outputs,
    distribution,
    lambda x: F.cross_entropy(x, distribution, weight=weights, **each),
)
add("cosine_distance", outputs, numbers, lambda x: 1 - F.cosine_similarity(x, numbers))
add(
    "kullback_leibler",
    outputs,
    distribution,
    lambda x: F.kl_div(torch.log_softmax(x, 1), distribution, **each).sum(1),
)
rounded = json.loads(json.dumps(cases), parse_float=lambda text: float(f"{float(text):.12g}"))
print("[\n" + ",\n".join(json.dumps(case) for case in rounded) + "\n]")
