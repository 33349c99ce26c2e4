"""Trains a small net with PyTorch in f64 by each optimizer, and writes its parameters after each epoch, or their averages at the end, to `recorded.json`, which
`recorded.rs` reads.

    pip install torch numpy
    python3 tests/optimizers/record.py

Both sides draw data and initial weights from the same small generator; settings are rounded to f32.
"""
import json
from pathlib import Path

import numpy as np
import torch

EPOCHS, SAMPLES, BATCH = 4, 12, 4
INPUTS, HIDDEN, OUTPUTS = 3, 4, 2

CASES = [
    {"name": "sgd", "rate": 0.1, "decay": 0.5},
    {"name": "momentum", "rate": 0.1, "momentum": 0.8, "decay": 0.3},
    {"name": "nesterov", "rate": 0.1, "momentum": 0.8, "decay": 0.3},
    {"name": "rms_prop", "rate": 0.01, "decay": 0.5},
    {"name": "rms_prop", "rate": 0.01, "rho": 0.7, "epsilon": 1e-3},
    {"name": "adam", "rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3},
    {"name": "adam", "rate": 0.02, "beta1": 0.0, "beta2": 0.5, "epsilon": 0.1, "decay": 0.2},
    {"name": "ada_grad", "rate": 0.05},
    {"name": "ada_grad", "rate": 0.05, "epsilon": 0.1, "decay": 0.3},
    {"name": "lion", "rate": 0.01},
    {"name": "lion", "rate": 0.01, "beta1": 0.6, "beta2": 0.8, "decay": 0.5},
    {"name": "adamax", "rate": 0.02},
    {"name": "adamax", "rate": 0.02, "beta1": 0.7, "beta2": 0.6, "epsilon": 0.01, "decay": 0.3},
    {"name": "nadam", "rate": 0.02},
    {"name": "nadam", "rate": 0.02, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-3, "momentum_decay": 2.0, "decay": 0.3},
    {"name": "lamb", "rate": 0.02},
    {"name": "lamb", "rate": 0.02, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-3, "decay": 0.3},
    {"name": "adam", "rate": 0.02, "average": 0.8},
    {"name": "sgd", "rate": 0.1, "decay": 0.5, "average": 0.95},
    {"name": "momentum", "rate": 0.1, "momentum": 0.8, "clip_value": 0.1},
    {"name": "sgd", "rate": 0.2, "clip_norm": 0.4, "clip_value": 0.1},
]

# Factors at each step of so many epochs of so many steps.
SCHEDULES = [
    {"name": "exponential", "factor": 0.7, "epochs": 3, "steps": 4},
    {"name": "polynomial", "power": 2.0, "floor": 0.0, "epochs": 3, "steps": 5},
    {"name": "polynomial", "power": 0.5, "floor": 0.0, "epochs": 2, "steps": 4},
    {"name": "one_cycle", "rising": 0.3, "first": 0.04, "last": 4e-6, "epochs": 4, "steps": 5},
    {"name": "one_cycle", "rising": 0.25, "first": 0.1, "last": 0.01, "epochs": 3, "steps": 3},
    {"name": "one_cycle", "rising": 1.0, "first": 0.1, "last": 0.01, "epochs": 1, "steps": 7},
    {"name": "one_cycle", "rising": 0.0, "first": 0.1, "last": 0.01, "epochs": 1, "steps": 7},
]

# Losses after epochs, by which a rate of 1 is reduced.
PLATEAUS = [
    {"patience": 1, "factor": 0.5, "least_gain": 0.0, "floor": 0.0, "higher": False, "values": [3, 2, 2, 1, 1.5, 1, 0.9, 2]},
    {"patience": 2, "factor": 0.25, "least_gain": 0.5, "floor": 0.1, "higher": False, "values": [5, 4.6, 4.4, 4.3, 4.2, 4.1, 4, 3, 3, 3, 3]},
    {"patience": 3, "factor": 0.1, "least_gain": 0.0, "floor": 0.0, "higher": True, "values": [1, 2, 2, 2, 2, 2, 2, 2, 5, 4, 4, 4, 4]},
]


class Lion(torch.optim.Optimizer):
    """PyTorch has none: algorithm 2 of Chen et al., 2023."""

    def __init__(self, groups, rate, betas):
        super().__init__(groups, dict(lr=rate, betas=betas))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            first, second = group["betas"]
            for w in group["params"]:
                m = self.state[w].setdefault("m", torch.zeros_like(w))
                w -= group["lr"] * torch.sign(first * m + (1 - first) * w.grad)
                m.copy_(second * m + (1 - second) * w.grad)


class Lamb(torch.optim.Optimizer):
    """PyTorch has none: algorithm 2 of You et al., 2020, with φ(x) = x."""

    def __init__(self, groups, rate, betas, epsilon):
        super().__init__(groups, dict(lr=rate, betas=betas, eps=epsilon))
        self.steps = 0

    @torch.no_grad()
    def step(self):
        self.steps += 1
        for group in self.param_groups:
            first, second = group["betas"]
            for w in group["params"]:
                state = self.state[w]
                m = first * state.get("m", 0.0) + (1 - first) * w.grad
                v = second * state.get("v", 0.0) + (1 - second) * w.grad**2
                state["m"], state["v"] = m, v
                r = (m / (1 - first**self.steps)) / ((v / (1 - second**self.steps)).sqrt() + group["eps"])
                r = r + group["weight_decay"] * w
                w -= group["lr"] * (w.norm() / r.norm()) * r


def single(x):
    return float(np.float32(x))


class Draws:
    """Numbers in -1..1, each one of f32; Numerical Recipes' generator."""

    def __init__(self, seed):
        self.state = seed

    def matrix(self, rows, cols):
        values = []
        for _ in range(rows * cols):
            self.state = (self.state * 1_664_525 + 1_013_904_223) % 2**32
            values.append(np.float32(-1 + 2 * (self.state >> 8) / 2**24))
        return torch.tensor(np.array(values, np.float64).reshape(rows, cols))


DECOUPLED = ["adam", "lamb"]


def decay(case, weights):
    """Decoupled decay of weights, where PyTorch's optimizer adds decay to gradients or has none."""
    with torch.no_grad():
        for weight in weights if case["name"] not in DECOUPLED else []:
            weight *= 1 - single(case["rate"]) * single(case.get("decay", 0.0))


def optimizer(case, weights, biases):
    """Biases do not decay."""
    set = lambda name, usual: single(case.get(name, usual))
    rate, decay = single(case["rate"]), set("decay", 0.0) if case["name"] in DECOUPLED else 0.0
    groups = [{"params": weights, "weight_decay": decay}, {"params": biases, "weight_decay": 0.0}]
    betas, epsilon = lambda first, second: (set("beta1", first), set("beta2", second)), lambda usual: set("epsilon", usual)
    match case["name"]:
        case "sgd":
            return torch.optim.SGD(groups, rate)
        case "momentum" | "nesterov":
            return torch.optim.SGD(groups, rate, single(case["momentum"]), nesterov=case["name"] == "nesterov")
        case "rms_prop":
            return torch.optim.RMSprop(groups, rate, set("rho", 0.9), epsilon(1e-8))
        case "adam":
            return torch.optim.AdamW(groups, rate, betas(0.9, 0.999), epsilon(1e-8))
        case "ada_grad":
            return torch.optim.Adagrad(groups, rate, eps=epsilon(1e-10))
        case "lion":
            return Lion(groups, rate, betas(0.9, 0.99))
        case "adamax":
            return torch.optim.Adamax(groups, rate, betas(0.9, 0.999), epsilon(1e-8))
        case "lamb":
            return Lamb(groups, rate, betas(0.9, 0.999), epsilon(1e-6))
        case "nadam":
            return torch.optim.NAdam(groups, rate, betas(0.9, 0.999), epsilon(1e-8), momentum_decay=set("momentum_decay", 0.004))


def clip(case, parameters):
    """The norm by the textbook; PyTorch's own adds 1e-6 to it."""
    if "clip_norm" in case:
        norm = torch.sqrt(sum((parameter.grad**2).sum() for parameter in parameters))
        for parameter in parameters:
            parameter.grad *= min(1.0, single(case["clip_norm"]) / float(norm))
    if "clip_value" in case:
        torch.nn.utils.clip_grad_value_(parameters, single(case["clip_value"]))


def factors(case):
    steps = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    total, set = case["epochs"] * case["steps"], lambda name: single(case[name])
    match case["name"]:
        case "exponential":
            scheduler = torch.optim.lr_scheduler.ExponentialLR(steps, set("factor"))
        case "polynomial":
            scheduler = torch.optim.lr_scheduler.PolynomialLR(steps, total - 1, set("power"))
        case "one_cycle":
            first, last = set("first"), set("last")
            scheduler = torch.optim.lr_scheduler.OneCycleLR(
                steps, 1.0, total, pct_start=set("rising"), div_factor=1 / first, final_div_factor=first / last,
                cycle_momentum=False,
            )
    found = []
    for step in range(1, total + 1):
        found.append(steps.param_groups[0]["lr"])
        steps.step()
        if step < total and (case["name"] != "exponential" or step % case["steps"] == 0):
            scheduler.step()
    return found


def plateau(case):
    """The rate of each epoch."""
    steps = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        steps, "max" if case["higher"] else "min", single(case["factor"]), case["patience"] - 1, case["least_gain"], "abs",
        min_lr=single(case["floor"]), eps=0.0,
    )
    rates = []
    for value in case["values"]:
        rates.append(steps.param_groups[0]["lr"])
        scheduler.step(value)
    return rates


def train(case):
    draws = Draws(11)
    x, t = draws.matrix(SAMPLES, INPUTS), draws.matrix(SAMPLES, OUTPUTS)
    sizes = [(INPUTS, HIDDEN), (1, HIDDEN), (HIDDEN, OUTPUTS), (1, OUTPUTS)]
    first, first_bias, second, second_bias = parameters = [draws.matrix(*size).requires_grad_() for size in sizes]
    steps = optimizer(case, [first, second], [first_bias, second_bias])
    epochs, seen = [], []
    numbers = lambda: [value for parameter in parameters for value in parameter.detach().flatten().tolist()]
    for _ in range(EPOCHS):
        for at in range(0, SAMPLES, BATCH):
            steps.zero_grad()
            hidden = torch.tanh(x[at : at + BATCH] @ first + first_bias)
            ((hidden @ second + second_bias - t[at : at + BATCH]) ** 2).mean().backward()
            clip(case, parameters)
            decay(case, [first, second])
            steps.step()
            seen.append(numbers())
        epochs.append(numbers())
    if "average" in case:
        # Of the whole training, in which a step counts so many times as much as the next one.
        weights = single(case["average"]) ** np.arange(len(seen) - 1, -1, -1.0)
        return [np.average(seen, axis=0, weights=weights).tolist()]
    return epochs


def main():
    cases = [{"optimizer": case, "parameters": train(case)} for case in CASES]
    schedules = [{"schedule": case, "factors": factors(case)} for case in SCHEDULES]
    plateaus = [{"plateau": case, "rates": plateau(case)} for case in PLATEAUS]
    lines = lambda cases: ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"pytorch": "{torch.__version__}", "optimizers": [\n{lines(cases)}\n], "schedules": [\n{lines(schedules)}\n], "plateaus": [\n{lines(plateaus)}\n]}}\n'
    Path(__file__).with_name("recorded.json").write_text(text)


if __name__ == "__main__":
    main()
