"""NumPy, layer by layer, as a course's library computes it."""
import numpy as np

from workloads import STEPS, WORKLOADS, XOR, asked, images, report, weights


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def step(net, state, x, y, hidden, slope, rate, adam):
    """One forward and backward pass and an update in place; returns the loss."""
    kept = [x]
    for number, (w, b) in enumerate(net):
        z = kept[-1] @ w + b
        kept.append(sigmoid(z) if number == len(net) - 1 else hidden(z))
    out = kept[-1]
    delta = 2 * (out - y) / out.size * out * (1 - out)
    gradients = []
    for number in reversed(range(len(net))):
        gradients.append((kept[number].T @ delta, delta.sum(0)))
        if number:
            delta = delta @ net[number][0].T * slope(kept[number])
    gradients.reverse()
    state["t"] += 1
    corrections = 1 - 0.9 ** state["t"], 1 - 0.999 ** state["t"]
    for number, pair in enumerate(zip(net, gradients)):
        for part, (p, g) in enumerate(zip(*pair)):
            if adam:
                m, v = state["moments"][number][part]
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= rate * (m / corrections[0]) / (np.sqrt(v / corrections[1]) + 1e-8)
            else:
                p -= rate * g
    return float(((out - y) ** 2).mean())


def fresh(net):
    return {"t": 0, "moments": [[(np.zeros_like(p), np.zeros_like(p)) for p in layer] for layer in net]}


def autoencoder(name):
    layers, batch, adam, rate = WORKLOADS[name]
    x, net = images(name), weights(layers)
    state, random = fresh(net), np.random.RandomState(2)

    def epoch():
        for rows in random.permutation(len(x)).reshape(-1, batch):
            loss = step(net, state, x[rows], x[rows], lambda z: np.maximum(z, 0), lambda y: y > 0, rate, adam)
        return loss

    report("NumPy", np.__version__, name, epoch)


def xor():
    (x, y), net = XOR, weights([2, 4, 1])
    state = fresh(net)

    def epoch():
        for _ in range(STEPS["xor"]):
            loss = step(net, state, x, y, np.tanh, lambda y: 1 - y * y, 0.1, False)
        return loss

    report("NumPy", np.__version__, "xor", epoch)


for workload in asked():
    xor() if workload == "xor" else autoencoder(workload)
