"""Trains random dense nets with PyTorch in f64 and writes what it found to `recorded.json`, which `recorded.rs` reads.

    pip install torch numpy
    python3 tests/trajectory/record.py

Both sides draw data and initial weights from the same small generator, so the file holds settings and results alone.
"""
import json
import math
import random
from pathlib import Path

import numpy as np
import torch
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, SequentialLR, StepLR

NETS = 24
ACTIVATIONS = {
    "relu": torch.nn.ReLU, "leaky_relu": torch.nn.LeakyReLU, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh,
    "gelu": torch.nn.GELU, "gelu_tanh": lambda: torch.nn.GELU("tanh"), "identity": torch.nn.Identity,
}
# What a loss stands behind, and its form here.
LOSSES = {
    "mean_squared_error": ["identity", "sigmoid", "tanh"],
    "binary_cross_entropy": ["sigmoid"],
    "binary_cross_entropy_logits": ["identity"],
    "softmax_cross_entropy": ["identity", "softmax"],
}
OPTIMIZERS = ["sgd", "momentum", "nesterov", "rms_prop", "adam", "adam_w"]
SCHEDULES = ["constant", "step", "cosine", "warmup", "warmup_cosine"]


def single(x):
    """As a setting of f32 is."""
    return float(np.float32(x))


class Draws:
    """Numbers in 0..1, each one of f32; Numerical Recipes' generator."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1_664_525 + 1_013_904_223) % 2**32
        return (self.state >> 8) / 2**24

    def matrix(self, rows, cols, low, high):
        values = [np.float32(low + (high - low) * self.next()) for _ in range(rows * cols)]
        return torch.tensor(np.array(values, np.float64).reshape(rows, cols))


def settings(number):
    """A net and its training. The first ones go through every optimizer, loss and schedule; the rest is drawn."""
    choose = random.Random(number)
    loss = list(LOSSES)[number % len(LOSSES)]
    optimizer = OPTIMIZERS[number % len(OPTIMIZERS)]
    layers = []
    for _ in range(choose.randint(0, 3)):
        layers += [choose.choice([3, 4, 8, 13, 16, 20]), choose.choice(list(ACTIVATIONS))]
    last = LOSSES[loss][number // len(LOSSES) % len(LOSSES[loss])]
    layers += [choose.choice([1, 4, 7]) if loss != "softmax_cross_entropy" else choose.choice([4, 5]), last]
    adaptive = optimizer in ["adam", "adam_w", "rms_prop"]
    return dict(
        seed=1_000 + number, samples=choose.choice([23, 32, 50]), inputs=choose.choice([2, 5, 12, 16]), batch=choose.choice([7, 8, 16]),
        epochs=choose.choice([4, 6, 9]), layers=layers, loss=loss, optimizer=optimizer, rate=0.01 if adaptive else 0.1,
        decay=0.05 if optimizer == "adam_w" else None, schedule=SCHEDULES[number % len(SCHEDULES)],
        clip=choose.choice([None, None, 0.05, 0.3]),
    )


def network(case, draw):
    parts, width = [], case["inputs"]
    for units, activation in zip(case["layers"][::2], case["layers"][1::2]):
        linear, limit = torch.nn.Linear(width, units).double(), math.sqrt(6 / (width + units))
        linear.weight.data = draw.matrix(width, units, -limit, limit).T.contiguous()
        linear.bias.data = draw.matrix(1, units, -0.1, 0.1)[0]
        parts.append(linear)
        if activation != "softmax":
            parts.append(ACTIVATIONS[activation]())
        width = units
    return torch.nn.Sequential(*parts)


def loss_of(name):
    return {
        "mean_squared_error": torch.nn.functional.mse_loss,
        "binary_cross_entropy": torch.nn.functional.binary_cross_entropy,
        "binary_cross_entropy_logits": torch.nn.functional.binary_cross_entropy_with_logits,
        "softmax_cross_entropy": torch.nn.functional.cross_entropy,
    }[name]


def optimizer_of(case, net):
    rate, epsilon, betas = single(case["rate"]), single(1e-8), (single(0.9), single(0.999))
    name = case["optimizer"]
    if name in ["momentum", "nesterov"]:
        return torch.optim.SGD(net.parameters(), lr=rate, momentum=single(0.9), nesterov=name == "nesterov")
    if name == "rms_prop":
        return torch.optim.RMSprop(net.parameters(), lr=rate, alpha=single(0.9), eps=epsilon)
    if name == "adam":
        return torch.optim.Adam(net.parameters(), lr=rate, betas=betas, eps=epsilon)
    if name == "adam_w":
        weights = [parameter for parameter in net.parameters() if parameter.ndim == 2]
        biases = [parameter for parameter in net.parameters() if parameter.ndim == 1]
        groups = [dict(params=weights, weight_decay=single(case["decay"])), dict(params=biases, weight_decay=0.0)]
        return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=epsilon)
    return torch.optim.SGD(net.parameters(), lr=rate)


def scheduler_of(case, optimizer, steps):
    """Stepped after each batch. Step: halved after every 2 epochs; warm-up over 2 epochs; cosines fall to a tenth."""
    total, warm = case["epochs"] * steps, 2 * steps
    rising = lambda: LinearLR(optimizer, start_factor=1 / warm, total_iters=warm - 1)
    floor = single(0.1) * single(case["rate"])
    name = case["schedule"]
    if name == "step":
        return StepLR(optimizer, step_size=2 * steps, gamma=0.5)
    if name == "cosine":
        return CosineAnnealingLR(optimizer, T_max=total - 1, eta_min=floor)
    if name == "warmup":
        return rising()
    if name == "warmup_cosine":
        falling = CosineAnnealingLR(optimizer, T_max=total - warm - 1, eta_min=floor)
        return SequentialLR(optimizer, [rising(), falling], milestones=[warm])
    return ConstantLR(optimizer, factor=1.0)


def clip(net, limit):
    """By the textbook; PyTorch's own adds 1e-6 to the norm."""
    norm = math.sqrt(sum(float((p.grad ** 2).sum()) for p in net.parameters()))
    for parameter in net.parameters():
        parameter.grad *= min(1.0, single(limit) / norm)


def train(case):
    draw = Draws(case["seed"])
    x = draw.matrix(case["samples"], case["inputs"], -1, 1)
    outputs = case["layers"][-2]
    if case["loss"] == "softmax_cross_entropy":
        y = torch.tensor([int(draw.next() * outputs) for _ in range(case["samples"])])
    else:
        y = draw.matrix(case["samples"], outputs, 0, 1)
    net = network(case, draw)
    optimizer, of = optimizer_of(case, net), loss_of(case["loss"])
    scheduler = scheduler_of(case, optimizer, -(-case["samples"] // case["batch"]))
    losses = []
    for _ in range(case["epochs"]):
        total = 0.0
        for start in range(0, case["samples"], case["batch"]):
            rows = slice(start, start + case["batch"])
            optimizer.zero_grad()
            loss = of(net(x[rows]), y[rows])
            loss.backward()
            if case["clip"] is not None:
                clip(net, case["clip"])
            optimizer.step()
            scheduler.step()
            total += loss.item() * len(x[rows])
        losses.append(total / case["samples"])
    scores = net(x[:2]).detach()
    if case["layers"][-1] == "softmax":
        scores = torch.softmax(scores, 1)
    return dict(losses=losses, outputs=scores.flatten().tolist())


cases = [settings(number) for number in range(NETS)]
for case in cases:
    case.update(train(case))
file = Path(__file__).with_name("recorded.json")
lines = ",\n".join(json.dumps(case) for case in cases)
file.write_text(f'{{"pytorch": "{torch.__version__}", "nets": [\n{lines}\n]}}\n')
