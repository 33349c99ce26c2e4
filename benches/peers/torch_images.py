"""PyTorch on nets of convolutions, as `benches/images.rs` has them: channels first, channels last, and compiled with channels last."""
import numpy as np
import torch
from torch import nn

from workloads import IMAGE_STEPS, asked, report

# net, samples of a batch, optimizer
WORKLOADS = {
    "c1": ("classifier", 32, lambda net: torch.optim.SGD(net, lr=0.05, fused=True)),
    "c1a": ("classifier", 128, lambda net: torch.optim.Adam(net, lr=1e-3, fused=True)),
    "c2": ("autoencoder", 128, lambda net: torch.optim.Adam(net, lr=1e-3, fused=True)),
    "c3": ("residual", 128, lambda net: torch.optim.SGD(net, lr=0.05, momentum=0.9, fused=True)),
}


def convolved(inputs, outputs, kernel, stride):
    """A convolution without a bias, and a norm."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """Two convolutions, and what went into them added."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first, self.second = convolved(inputs, outputs, 3, stride), convolved(outputs, outputs, 3, 1)
        self.shortcut = convolved(inputs, outputs, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        return torch.relu(self.shortcut(x) + self.second(torch.relu(self.first(x))))


def classifier():
    convolutions = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(7 * 7 * 32, 128), nn.ReLU(), nn.Linear(128, 10))


def autoencoder():
    down = [nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(7 * 7 * 32, 32)]
    up = [nn.Linear(32, 7 * 7 * 32), nn.ReLU(), nn.Unflatten(1, (32, 7, 7)), nn.ConvTranspose2d(32, 16, 3, 2, 1, 1), nn.ReLU()]
    return nn.Sequential(*down, *up, nn.ConvTranspose2d(16, 1, 3, 2, 1, 1), nn.Sigmoid())


def residual():
    blocks = [Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2)]
    return nn.Sequential(convolved(1, 16, 3, 1), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def time(name, form):
    kind, batch, optimizer = WORKLOADS[name]
    count, random = IMAGE_STEPS[name] * batch, np.random.RandomState(0)
    layout = torch.contiguous_format if form == "channels first" else torch.channels_last
    x = torch.from_numpy(random.rand(count, 1, 28, 28).astype(np.float32)).contiguous(memory_format=layout)
    labels = torch.from_numpy(random.randint(0, 10, count))
    net = {"classifier": classifier, "autoencoder": autoencoder, "residual": residual}[kind]().to(memory_format=layout)
    optimizer = optimizer(net.parameters())
    run = torch.compile(net) if form == "compiled" else net

    def epoch():
        for rows in torch.from_numpy(random.permutation(count).reshape(-1, batch)):
            some = x[rows].contiguous(memory_format=layout)
            optimizer.zero_grad(set_to_none=True)
            out = run(some)
            loss = nn.functional.mse_loss(out, some) if kind == "autoencoder" else nn.functional.cross_entropy(out, labels[rows])
            loss.backward()
            optimizer.step()
        return loss.item()

    report(f"PyTorch, {form},", torch.__version__, name, epoch)


for workload in asked(IMAGE_STEPS):
    for form in ["channels first", "channels last", "compiled"]:
        time(workload, form)
