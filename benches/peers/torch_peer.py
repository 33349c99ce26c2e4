"""PyTorch, eager, with the optimizer's fused form where it has one."""
import numpy as np
import torch

from workloads import STEPS, WORKLOADS, XOR, asked, images, report, weights


def network(layers, hidden):
    parts = []
    for w, b in weights(layers):
        linear = torch.nn.Linear(*w.shape)
        linear.weight.data, linear.bias.data = torch.from_numpy(w.T.copy()), torch.from_numpy(b)
        parts += [linear, hidden()]
    parts[-1] = torch.nn.Sigmoid()
    return torch.nn.Sequential(*parts)


def step(net, optimizer, x, y):
    optimizer.zero_grad(set_to_none=True)
    loss = torch.nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
    return loss


def autoencoder(name):
    layers, batch, adam, rate = WORKLOADS[name]
    x, net, random = torch.from_numpy(images(name)), network(layers, torch.nn.ReLU), np.random.RandomState(2)
    kind = torch.optim.Adam if adam else torch.optim.SGD
    optimizer = kind(net.parameters(), lr=rate, fused=True)

    def epoch():
        for rows in torch.from_numpy(random.permutation(len(x)).reshape(-1, batch)):
            some = x[rows]
            loss = step(net, optimizer, some, some)
        return loss.item()

    report("PyTorch", torch.__version__, name, epoch)


def xor():
    x, y = map(torch.from_numpy, XOR)
    net = network([2, 4, 1], torch.nn.Tanh)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, fused=True)

    def epoch():
        for _ in range(STEPS["xor"]):
            loss = step(net, optimizer, x, y)
        return loss.item()

    report("PyTorch", torch.__version__, "xor", epoch)


for workload in asked():
    xor() if workload == "xor" else autoencoder(workload)
