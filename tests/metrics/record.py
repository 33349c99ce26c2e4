"""Records metrics with scikit-learn, in double precision.

Usage: record.py > recorded.json, with numpy and scikit-learn. Each case has a metric, outputs, what they should be, perhaps weights
and a threshold, and the metric's value.
"""

import json

import numpy as np
from sklearn import metrics as sk

draw = np.random.default_rng(7)
SAMPLES, CLASSES = 24, 5
cases = []


def add(metric, outputs, truth, compute, weights=None, threshold=None):
    """With weights and without; `compute` takes outputs, truth and weights."""
    # What comes back from the file in single precision is exactly this.
    outputs = np.asarray(outputs, dtype=np.float32).astype(np.float64)
    truth = np.asarray(truth)
    truth = truth if truth.dtype.kind == "i" else truth.astype(np.float32).astype(np.float64)
    drawn = (draw.integers(0, 8, len(outputs)) / 4).astype(np.float64)
    drawn[0] = 0.0
    given = [None, drawn] if weights is None else [np.asarray(weights, dtype=np.float64)]
    for weights in given:
        value = float(compute(outputs, truth, weights))
        assert np.isfinite(value), (metric, value)
        case = {"metric": metric, "outputs": outputs.tolist(), "truth": truth.tolist(), "value": value}
        if weights is not None:
            case["weights"] = weights.tolist()
        if threshold is not None:
            case["threshold"] = threshold
        cases.append(case)


def scored(function, **settings):
    """Of classes: by arg max, or by a threshold."""

    def compute(outputs, truth, weights):
        threshold = settings.get("threshold")
        predicted = outputs.argmax(1) if threshold is None else (outputs[:, 0] > threshold).astype(int)
        classes = truth if truth.ndim == 1 else truth[:, 0].astype(int) if truth.shape[1] == 1 else truth.argmax(1)
        rest = {name: value for name, value in settings.items() if name != "threshold"}
        return function(classes, predicted, sample_weight=weights, **rest)

    return compute


def of_numbers(function):
    return lambda outputs, truth, weights: function(truth, outputs, sample_weight=weights)


# Rounded, so that some outputs of a sample are equal.
scores = np.round(draw.normal(size=(SAMPLES, CLASSES)) * 2) / 2
labels = draw.integers(0, CLASSES, SAMPLES)
labels[labels == 3] = 2  # a class that is predicted and never true
missing = scores.copy()
missing[:, 1] = -9.0  # a class that is true and never predicted
add("accuracy", scores, labels, scored(sk.accuracy_score))
add("accuracy", missing, labels, scored(sk.accuracy_score))
one_hot = np.eye(CLASSES)[labels]
add("accuracy", scores, one_hot, scored(sk.accuracy_score))
for k in (1, 2, 3, CLASSES):

    def top(outputs, truth, weights, k=k):
        return sk.top_k_accuracy_score(truth, outputs, k=k, sample_weight=weights, labels=range(CLASSES))

    add(f"top_{k}_accuracy", scores, labels, top)

kinds = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
for name, function in kinds.items():
    for average in ("macro", "weighted"):
        for outputs in (scores, missing):
            add(f"{average}_{name}", outputs, labels, scored(function, average=average, zero_division=0))

probabilities = np.round(draw.random((SAMPLES, 1)) * 8) / 8
truth = (draw.random(SAMPLES) + probabilities[:, 0] > 1).astype(int)
numbers = truth[:, None].astype(float)
for threshold in (0.5, 0.25, 0.875):
    add("accuracy", probabilities, numbers, scored(sk.accuracy_score, threshold=threshold), threshold=threshold)
    for name, function in kinds.items():
        compute = scored(function, threshold=threshold, zero_division=0)
        add(name, probabilities, truth, compute, threshold=threshold)
# Nothing is predicted to be of class 1, and nothing is of it.
for name, function in kinds.items():
    compute = scored(function, threshold=2.0, zero_division=0)
    add(name, probabilities, numbers, compute, threshold=2.0)
    add(name, probabilities, np.zeros_like(numbers), scored(function, threshold=0.5, zero_division=0), threshold=0.5)
pairs = np.concatenate([1 - probabilities, probabilities], 1)
for name, function in kinds.items():
    add(name, pairs, truth, scored(function, zero_division=0))

add("roc_auc", probabilities, truth, lambda p, t, w: sk.roc_auc_score(t, p[:, 0], sample_weight=w))
add("roc_auc", probabilities * 9 - 4, numbers, lambda p, t, w: sk.roc_auc_score(t[:, 0], p[:, 0], sample_weight=w))
add("roc_auc", pairs, truth, lambda p, t, w: sk.roc_auc_score(t, p[:, 1], sample_weight=w))
equal = np.full((SAMPLES, 1), 0.25)
add("roc_auc", equal, truth, lambda p, t, w: sk.roc_auc_score(t, p[:, 0], sample_weight=w))
add("roc_auc", -numbers, truth, lambda p, t, w: sk.roc_auc_score(t, p[:, 0], sample_weight=w))

targets = draw.normal(size=(SAMPLES, 3)) * [1.0, 10.0, 0.1] + [0.0, 100.0, 5.0]
outputs = targets + draw.normal(size=(SAMPLES, 3)) * [0.5, 1.0, 1.0]
constant = targets.copy()
constant[:, 1] = 0.1  # whose mean is rounded
right = outputs.copy()
right[:, 1] = 0.1
functions = {
    "r2": sk.r2_score,
    "mean_absolute_error": sk.mean_absolute_error,
    "mean_squared_error": sk.mean_squared_error,
    "root_mean_squared_error": sk.root_mean_squared_error,
}
for name, function in functions.items():
    add(name, outputs, targets, of_numbers(function))
    add(name, outputs[:, :1], targets[:, :1], of_numbers(function))
    add(name, targets, targets, of_numbers(function))
    add(name, right, constant, of_numbers(function))
# In 0.25 nothing is rounded, so that scikit-learn sees that it is constant.
constant[:, 1] = 0.25
add("r2", outputs, constant, of_numbers(sk.r2_score))
add("r2", outputs[:2], targets[:2], of_numbers(sk.r2_score), weights=[1.0, 2.0])

print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
