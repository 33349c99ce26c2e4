"""Trains nets with PyTorch in f64. One is trained with all its layers, without its first one, and with all again; its losses are
in `frozen.json`, which `freeze.rs` reads; so are those of a training in which its first layer learns at a tenth of the rate, in
`rates.json`. The other has two inputs, two outputs, sample weights and a penalty of a layer's own;
its losses and outputs are in `several.json`, which `several.rs` reads.

    pip install torch numpy
    python3 tests/graphs/record.py

Both sides draw data and initial weights from the same small generator. Adam's steps are counted for all parameters alike, as
Keras does; PyTorch would not count those in which a parameter is frozen.
"""
import json
from pathlib import Path

import numpy as np
import torch

STEPS = 5
CLIP = 0.25


class Draws:
    """Numbers in 0..1, each one of f32; Numerical Recipes' generator."""

    def __init__(self, seed):
        self.state = seed

    def matrix(self, rows, cols):
        values = []
        for _ in range(rows * cols):
            self.state = (self.state * 1_664_525 + 1_013_904_223) % 2**32
            values.append(np.float32(-1 + 2 * (self.state >> 8) / 2**24))
        return torch.tensor(np.array(values, np.float64).reshape(rows, cols))


def single(x):
    return float(np.float32(x))


def optimizer(name, weights, biases):
    groups = [{"params": weights}, {"params": biases, "weight_decay": 0.0}]
    if name == "momentum":
        return torch.optim.SGD(groups, single(0.1), momentum=single(0.9))
    if name == "rms_prop":
        return torch.optim.RMSprop(groups, single(0.01), alpha=single(0.9), eps=single(1e-8))
    return torch.optim.AdamW(groups, single(0.02), (single(0.9), single(0.999)), single(1e-8), weight_decay=single(0.1))


def clip(parameters):
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    for gradient in gradients:
        gradient *= min(1.0, CLIP / float(norm))


def start():
    draws = Draws(7)
    x, t = draws.matrix(12, 5), draws.matrix(12, 3)
    return x, t, *(draws.matrix(*size).requires_grad_() for size in [(5, 4), (1, 4), (4, 3), (1, 3)])


def rates(name):
    x, t, first, b1, second, b2 = start()
    steps = [optimizer(name, [first], [b1]), optimizer(name, [second], [b2])]
    for group in steps[0].param_groups:
        group["lr"] = single(np.float32(group["lr"]) * np.float32(0.1))
    found = []
    for _ in range(2 * STEPS):
        loss = ((torch.tanh(x @ first + b1) @ second + b2 - t) ** 2).mean()
        for step in steps:
            step.zero_grad()
        loss.backward()
        clip([first, b1, second, b2])
        for step in steps:
            step.step()
        found.append(float(loss.detach()))
    return found


def losses(name):
    x, t, first, b1, second, b2 = start()
    steps = optimizer(name, [first, second], [b1, b2])
    found = []
    for phase in range(3):
        for parameter in [first, b1]:
            parameter.requires_grad_(phase != 1)
            parameter.grad = None
        for _ in range(STEPS):
            steps.zero_grad()
            loss = ((torch.tanh(x @ first + b1) @ second + b2 - t) ** 2).mean()
            loss.backward()
            clip([first, b1, second, b2])
            steps.step()
            for parameter in [first, b1]:
                if phase == 1 and name == "adam_w":
                    steps.state[parameter]["step"] += 1
            found.append(float(loss.detach()))
    return found


SIZES = [(5, 3), (7, 6), (1, 6), (6, 3), (1, 3), (6, 2), (1, 2)]


def several(name):
    """The losses of five epochs in batches of 5, 5 and 2, and the outputs at the end."""
    draws = Draws(11)
    numbers, sizes = draws.matrix(12, 4), draws.matrix(12, 2)
    words = torch.arange(12) * 3 % 5
    labels = torch.arange(12) * 2 % 3
    weights = torch.arange(12) % 4 * 0.5
    table, first, b1, scores, b2, lengths, b3 = all = [draws.matrix(*size).requires_grad_() for size in SIZES]
    steps = optimizer(name, [table, first, scores, lengths], [b1, b2, b3])

    def outputs(rows):
        hidden = torch.tanh(torch.cat([numbers[rows], table[words[rows]]], 1) @ first + b1)
        return hidden, hidden @ scores + b2, hidden @ lengths + b3

    epochs = []
    for _ in range(STEPS):
        found = []
        for rows in torch.arange(12).split(5):
            hidden, scored, sized = outputs(rows)
            loss = torch.nn.functional.cross_entropy(scored, labels[rows], reduction="none")
            loss = loss + single(0.3) * ((sized - sizes[rows]) ** 2).mean(1) + single(0.1) * (hidden**2).mean(1)
            loss = loss * weights[rows]
            steps.zero_grad()
            loss.mean().backward()
            steps.step()
            found += loss.tolist()
        epochs.append(sum(found) / len(found))
    _, scored, sized = outputs(torch.arange(12))
    return {"losses": epochs, "class": scored.flatten().tolist(), "size": sized.flatten().tolist()}


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    recorded = {
        "frozen": {name: losses(name) for name in ["momentum", "rms_prop", "adam_w"]},
        "rates": {name: rates(name) for name in ["momentum", "rms_prop", "adam_w"]},
        "several": {name: several(name) for name in ["momentum", "adam_w"]},
    }
    for name, values in recorded.items():
        Path(__file__).with_name(f"{name}.json").write_text(json.dumps(values, indent=1) + "\n")
