"""Trains nets of convolutions and pools with PyTorch in f64; losses and outputs are in `recorded.json`, which `main.rs` reads.

    pip install torch numpy
    python3 tests/images/record.py

Both sides draw data and initial weights from the same small generator. Pixels are channels last there and channels first here.
"same" padding with a stride is not PyTorch's: it is written out by Keras's rule, the odd row or column below or on the right.
"""
import json
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import (
    avg_pool2d, batch_norm, conv1d, conv2d, conv_transpose2d, cross_entropy, group_norm, interpolate, max_pool2d, mse_loss,
    pad,
)

STEPS = 6


class Draws:
    """Numbers in -1..1, each one of f32; Numerical Recipes' generator."""

    def __init__(self, seed):
        self.state = seed

    def array(self, *shape):
        values = []
        for _ in range(int(np.prod(shape))):
            self.state = (self.state * 1_664_525 + 1_013_904_223) % 2**32
            values.append(np.float32(-1 + 2 * (self.state >> 8) / 2**24))
        return torch.tensor(np.array(values, np.float64).reshape(shape))


def single(x):
    return float(np.float32(x))


def parameters(draws, shapes):
    """Weights as wgrad has them, times 0.3 in f32, and biases: for each filter, which transposed convolutions have last but one."""
    found = []
    for shape, filters in shapes:
        for size in (shape, (shape[filters],)):
            values = (draws.array(*size).numpy().astype(np.float32) * np.float32(0.3)).astype(np.float64)
            found.append(torch.tensor(values).requires_grad_())
    return found


def kernel(weight):
    return weight.permute(3, 2, 0, 1)


def same(size, kernel, stride, dilation=1):
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def image_net(p, x):
    x = x.permute(0, 3, 1, 2)
    x = torch.relu(conv2d(x, kernel(p[0]), p[1], padding="same"))
    x = max_pool2d(x, 3, stride=2, padding=1)
    x = torch.tanh(conv2d(pad(x, (0, 2, 1, 0)), kernel(p[2]), p[3], stride=(2, 1)))
    x = avg_pool2d(x, (2, 3), stride=1, padding=(0, 1), count_include_pad=False)
    x = conv2d(x, kernel(p[4]), p[5], dilation=2, padding=2)
    return x.permute(0, 2, 3, 1).flatten(1) @ p[6] + p[7]


def strided_net(p, x):
    x = x.permute(0, 3, 1, 2)
    (top, bottom), (left, right) = same(8, 3, 2), same(9, 4, 3)
    x = torch.relu(conv2d(pad(x, (left, right, top, bottom)), kernel(p[0]), p[1], stride=(2, 3)))
    return x.mean((2, 3)) @ p[2] + p[3]


def row_net(p, x):
    x = x.permute(0, 2, 1)
    x = torch.relu(conv1d(x, p[0][0].permute(2, 1, 0), p[1], dilation=2, padding="same"))
    x = conv1d(x, p[2][0].permute(2, 1, 0), p[3], stride=3)
    return x.permute(0, 2, 1).flatten(1) @ p[4] + p[5]


def transposed_net(p, x):
    x = x.permute(0, 3, 1, 2)
    x = torch.relu(conv_transpose2d(x, kernel(p[0]), p[1], stride=2, padding=1, output_padding=(1, 0)))
    # What is cut off differs from side to side.
    x = torch.tanh(conv_transpose2d(x, kernel(p[2]), p[3], stride=(1, 2))[:, :, 1:, :-2])
    # "same": as many pixels as places times stride, the odd column cut off on the right.
    x = conv_transpose2d(x, kernel(p[4]), p[5], stride=(1, 2))[:, :, 1:-1, :-1]
    return x.mean((2, 3)) @ p[6] + p[7]


def normalised(p, running, x, training):
    return batch_norm(x, *running, *p, training=training, momentum=single(0.1), eps=single(1e-5))


class Residual:
    """A block whose shortcut is a convolution, in front of one whose shortcut is none. A convolution's weight is followed by those of
    its norm: scale, shift, and the running mean and variance, which no gradient changes."""

    CONVOLUTIONS = [(3, 3, 3, 4), (3, 3, 4, 8), (3, 3, 8, 8), (1, 1, 4, 8), (3, 3, 8, 8)]

    def __init__(self):
        self.training, self.running = True, []

    def parameters(self, draws):
        def drawn(*shape):
            values = draws.array(*shape).numpy().astype(np.float32) * np.float32(0.3)
            return torch.tensor(values.astype(np.float64))

        found = []
        for shape in self.CONVOLUTIONS:
            found += [drawn(*shape), drawn(shape[-1]), drawn(shape[-1])]
            self.running.append((drawn(shape[-1]), drawn(shape[-1]).abs()))
        found += [drawn(8, 5), drawn(5)]
        return [values.requires_grad_() for values in found]

    def __call__(self, p, x):
        def step(number, x, **sizes):
            weight, *affine = p[3 * number : 3 * number + 3]
            return normalised(affine, self.running[number], conv2d(x, kernel(weight), **sizes), self.training)

        x = torch.relu(step(0, x.permute(0, 3, 1, 2), padding=1))
        inner = step(2, torch.relu(step(1, x, stride=2, padding=1)), padding=1)
        x = torch.relu(step(3, x, stride=2) + inner)
        x = torch.relu(x + step(4, x, padding=1))
        return x.mean((2, 3)) @ p[-2] + p[-1]


def grouped_net(p, x):
    x = x.permute(0, 3, 1, 2)
    x = torch.relu(conv2d(x, kernel(p[0]), p[1], groups=4, padding="same"))
    x = torch.tanh(conv2d(x, kernel(p[2]), p[3], groups=2, stride=2, padding=1))
    x = conv2d(x, kernel(p[4]), p[5], groups=4, dilation=(1, 2))
    x = x.flatten(2)
    x = conv1d(x, p[6][0].permute(2, 1, 0), p[7], groups=2)
    return x.mean(2) @ p[8] + p[9]


def group_norm_net(p, x):
    """The scales and shifts of a norm come behind its convolution, as another weight with a bias."""
    x = conv2d(x.permute(0, 3, 1, 2), kernel(p[0]), p[1], padding="same")
    x = torch.relu(group_norm(x, 3, p[2], p[3], single(1e-5)))
    x = conv2d(x, kernel(p[4]), p[5], stride=2)
    x = torch.tanh(group_norm(x, 2, p[6], p[7], single(0.01)))
    return x.mean((2, 3)) @ p[8] + p[9]


def larger_net(p, x):
    x = pad(x.permute(0, 3, 1, 2), (0, 1, 1, 2))
    x = torch.tanh(conv2d(x, kernel(p[0]), p[1]))
    x = interpolate(x, scale_factor=(3, 2), mode="nearest")
    x = interpolate(x, scale_factor=(2, 3), mode="bilinear", align_corners=False)
    x = conv2d(x, kernel(p[2]), p[3], stride=(5, 3))
    return x.permute(0, 2, 3, 1).flatten(1) @ p[4] + p[5]


def train(net, data, target, loss, shapes, draws, optimizer):
    if shapes is None:
        p = net.parameters(draws)
    else:
        p = parameters(draws, [shape if isinstance(shape[0], tuple) else (shape, -1) for shape in shapes])
    if optimizer == "adam":
        step = torch.optim.Adam(p, single(0.01), (single(0.9), single(0.999)), single(1e-8))
    else:
        step = torch.optim.SGD(p, single(0.1))
    losses = []
    for _ in range(STEPS):
        step.zero_grad()
        value = loss(net(p, data), target)
        value.backward()
        step.step()
        losses.append(float(value.detach()))
    net.training = False
    return {"losses": losses, "outputs": net(p, data).detach().flatten().tolist()}


def main():
    recorded = {}
    draws = Draws(5)
    # Whole numbers, so that maxima are often equal.
    images = torch.round(3 * draws.array(10, 8, 9, 3))
    labels = torch.tensor([sample * 2 % 5 for sample in range(10)])
    shapes = [(3, 3, 3, 8), (2, 3, 8, 6), (3, 3, 6, 4), (5 * 4, 5)]
    for optimizer in ("sgd", "adam"):
        recorded[f"images_{optimizer}"] = train(
            image_net, images, labels, cross_entropy, shapes, Draws(6), optimizer
        )
    images, targets = draws.array(10, 8, 9, 1), draws.array(10, 2)
    shapes = [(3, 4, 1, 4), (4, 2)]
    recorded["strided"] = train(strided_net, images, targets, mse_loss, shapes, Draws(7), "sgd")
    rows, targets = draws.array(10, 11, 4), draws.array(10, 2)
    shapes = [(1, 3, 4, 6), (1, 4, 6, 4), (3 * 4, 2)]
    recorded["rows"] = train(row_net, rows, targets, mse_loss, shapes, Draws(8), "adam")
    images, targets = draws.array(10, 4, 5, 3), draws.array(10, 2)
    shapes = [((3, 3, 6, 3), 2), ((2, 3, 2, 6), 2), ((3, 3, 4, 2), 2), (4, 2)]
    recorded["transposed"] = train(transposed_net, images, targets, mse_loss, shapes, Draws(9), "sgd")
    images, labels = Draws(9).array(10, 7, 9, 3), torch.tensor([sample * 2 % 5 for sample in range(10)])
    recorded["residual"] = train(Residual(), images, labels, cross_entropy, None, Draws(10), "sgd")
    draws = Draws(15)
    images, targets = draws.array(10, 4, 3, 3), draws.array(10, 2)
    shapes = [(2, 2, 3, 4), (3, 3, 4, 2), (7 * 6 * 2, 2)]
    recorded["larger"] = train(larger_net, images, targets, mse_loss, shapes, Draws(16), "sgd")
    draws = Draws(17)
    images, targets = draws.array(10, 7, 8, 4), draws.array(10, 2)
    shapes = [(3, 3, 1, 4), (3, 3, 2, 8), (2, 2, 2, 12), (1, 2, 6, 4), (4, 2)]
    recorded["grouped"] = train(grouped_net, images, targets, mse_loss, shapes, Draws(18), "sgd")
    images, labels = Draws(21).array(10, 6, 5, 3), torch.tensor([sample * 2 % 5 for sample in range(10)])
    shapes = [(3, 3, 3, 6), (6,), (2, 2, 6, 8), (8,), (8, 5)]
    recorded["group_norm"] = train(group_norm_net, images, labels, cross_entropy, shapes, Draws(22), "sgd")
    Path(__file__).with_name("recorded.json").write_text(json.dumps(recorded, indent=1) + "\n")


main()
