"""The work that every peer does, as `benches/common` says it for wgrad, and how it is timed."""
import json
import statistics
import sys
import time

import numpy as np

FIRST = [784, 128, 64, 32, 64, 128, 784]
SECOND = [784, 512, 256, 128, 64, 32, 64, 128, 256, 512, 784]
# layers, batch, Adam instead of SGD, learning rate; ReLU between layers, a sigmoid at the end, mean squared error
WORKLOADS = {
    "w1": (FIRST, 32, False, 0.5),
    "w2": (SECOND, 32, False, 0.05),
    "w3": (FIRST, 256, True, 1e-3),
}
STEPS = {"w1": 400, "w2": 100, "w3": 100, "xor": 5000}
# Steps of nets of convolutions, which `benches/images.rs` and `torch_images.py` describe.
IMAGE_STEPS = {"c1": 100, "c1a": 50, "c2": 50, "c3": 10}
# 2-4-1, tanh and a sigmoid, mean squared error, SGD 0.1, full batches
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([[0], [1], [1], [0]], np.float32)


def images(name):
    """As many random images as the workload's steps need; speed does not depend on what they show."""
    count = WORKLOADS[name][1] * STEPS[name]
    return np.random.RandomState(0).randint(0, 256, (count, 784)).astype(np.float32) / np.float32(255)


def weights(layers):
    """Glorot's uniform law, as arrays of inputs by units, with biases of 0."""
    draw = np.random.RandomState(1).uniform
    pairs = zip(layers, layers[1:])
    return [(draw(-1, 1, (i, o)).astype(np.float32) * np.float32((6 / (i + o)) ** 0.5), np.zeros(o, np.float32)) for i, o in pairs]


def report(peer, version, workload, epoch, repeats=5):
    """Prints the time of a step, over `repeats` epochs after one that warms up; `epoch` returns its last loss."""
    epoch()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        loss = epoch()
        times.append((time.perf_counter() - start) / (STEPS | IMAGE_STEPS)[workload] * 1e6)
    line = dict(peer=peer, version=version, workload=workload, median=statistics.median(times), fastest=min(times), loss=float(loss))
    print(json.dumps(line), flush=True)


def asked(known=STEPS):
    """The workloads named on the command line."""
    return sys.argv[1:] or list(known)
