"""Nets of PyTorch, with what record.py gives them."""

import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    """A block with a skip connection, between pools that count what is around images and that do not."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.inner = nn.Conv2d(4, 4, 3, padding=1)
        self.side = nn.Conv2d(1, 4, 1)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        y = F.relu(self.norm(self.stem(x)))
        y = F.relu(self.inner(y) + y + self.side(x))
        y = F.avg_pool2d(y, 3, stride=2, padding=1)
        y = F.avg_pool2d(y, 2, stride=1, padding=1, count_include_pad=False)
        return self.head(y.mean((2, 3)))


class Decoder(nn.Module):
    """Images of numbers, by layers that make images larger."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(5, 4 * 2 * 3)
        self.up = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1)
        self.last = nn.ConvTranspose2d(3, 1, 2, stride=2, bias=False)

    def forward(self, x):
        y = F.leaky_relu(self.first(x), 0.2).view(-1, 4, 2, 3)
        y = F.interpolate(F.elu(self.up(y)), scale_factor=2)
        return torch.sigmoid(self.last(F.pad(y, (1, 0, 0, 1))))


class Words(nn.Module):
    """Tokens and a number, each from an input of its own."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 4)
        self.norm = nn.LayerNorm(4)
        self.mix = nn.Linear(4, 4)
        self.head = nn.Linear(3 * 4 + 1, 2)

    def forward(self, tokens, size):
        y = self.table(tokens)
        y = y + F.gelu(self.mix(self.norm(y)))
        return self.head(torch.cat([y.flatten(1), size], 1)).softmax(-1)


def classifier():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, padding=1),
        nn.Conv2d(4, 3, (2, 3), stride=(1, 2), padding=(0, 1)),
        nn.Tanh(),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(3 * 2 * 2, 6),
        nn.BatchNorm1d(6),
        nn.SiLU(),
        nn.Linear(6, 3),
        nn.Softmax(1),
    )


def signal():
    return nn.Sequential(
        nn.Conv1d(2, 4, 3, padding=2, dilation=2),
        nn.GELU(approximate="tanh"),
        nn.MaxPool1d(2),
        nn.Conv1d(4, 3, 2),
        nn.Mish(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(3, 2, bias=False),
        nn.PReLU(),
        nn.Hardtanh(-0.5, 0.5),
        nn.Softplus(),
    )


def group_norm():
    return nn.Sequential(
        nn.Conv2d(2, 6, 3),
        nn.GroupNorm(3, 6, eps=0.01),
        nn.ReLU(),
        nn.Conv2d(6, 4, 2, bias=False),
        nn.GroupNorm(2, 4, affine=False),
        nn.Flatten(),
        nn.Linear(4 * 3 * 4, 6),
        nn.GroupNorm(2, 6),
        nn.Tanh(),
        nn.Linear(6, 3),
    )


def group_norm_signal():
    return nn.Sequential(nn.Conv1d(2, 6, 3), nn.GroupNorm(2, 6), nn.Flatten(), nn.Linear(6 * 7, 2))


def instance_norm():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3),
        nn.InstanceNorm2d(4, eps=0.01, affine=True),
        nn.ReLU(),
        nn.Conv2d(4, 3, 2, bias=False),
        nn.InstanceNorm2d(3),
        nn.Flatten(),
        nn.Linear(3 * 3 * 4, 2),
    )


def instance_norm_signal():
    return nn.Sequential(nn.Conv1d(2, 3, 3), nn.InstanceNorm1d(3, affine=True), nn.Flatten(), nn.Linear(3 * 7, 2))


def nets():
    yield "classifier", classifier(), [torch.randn(2, 2, 6, 7)]
    yield "residual", Residual(), [torch.randn(2, 1, 6, 5)]
    yield "decoder", Decoder(), [torch.randn(2, 5)]
    yield "words", Words(), [torch.randint(0, 7, (2, 3)), torch.randn(2, 1)]
    yield "signal", signal(), [torch.randn(2, 2, 9)]
    yield "group_norm", group_norm(), [torch.randn(2, 2, 6, 7)]
    yield "group_norm_signal", group_norm_signal(), [torch.randn(2, 2, 9)]
    yield "instance_norm", instance_norm(), [torch.randn(2, 2, 6, 7)]
    yield "instance_norm_signal", instance_norm_signal(), [torch.randn(2, 2, 9)]


def trained(net, samples):
    """The net after passes that give its norms statistics, and all else numbers other than those it begins with."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
        net.train()
        for _ in range(5):
            net(*samples)
    return net.eval()


def export(net, samples, names, folder, name):
    """Writes the files of both exporters, for batches of any size; returns their names."""
    torch.onnx.export(
        net, tuple(samples), folder / f"{name}_legacy.onnx", dynamo=False, input_names=names,
        output_names=["output"], dynamic_axes={name: {0: "batch"} for name in names},
    )
    batch = torch.export.Dim("batch", min=1)
    # Set 21 was the first whose operator for groups PyTorch writes.
    sets = {"dynamo": None, "dynamo_21": 21} if "group_norm" in name else {"dynamo": None}
    for exporter, version in sets.items():
        torch.onnx.export(
            net, tuple(samples), folder / f"{name}_{exporter}.onnx", dynamo=True, external_data=False, input_names=names,
            output_names=["output"], dynamic_shapes=tuple({0: batch} for _ in samples), verbose=False,
            opset_version=version,
        )
    return ["legacy", *sets]
