"""PyTorch on a GPU of NVIDIA's: square products in f32 (without TF32) and f16, and steps of the workloads of `benches/peers`,
eager with the fused optimizer and as a CUDA graph. Prints lines of JSON."""
import json
import statistics
import sys
import time
from pathlib import Path

import torch

# Beside this script where benches/hardware/pack put it.
sys.path += [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "peers")]
from workloads import STEPS, WORKLOADS, images, weights  # noqa: E402

torch.backends.cuda.matmul.allow_tf32 = False


def product(size, precision):
    kind = torch.float16 if precision == "f16" else torch.float32
    x, w = (torch.rand(size, size, device="cuda", dtype=kind) - 0.5 for _ in range(2))
    times = max(4, min(2_000, int(2e12 / size**3)))
    for _ in range(3):
        x @ w
    fastest = float("inf")
    for _ in range(5):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(times):
            x @ w
        torch.cuda.synchronize()
        fastest = min(fastest, (time.perf_counter() - start) / times)
    line = dict(peer="PyTorch", product="forward", precision=precision, size=size)
    print(json.dumps(line | dict(microseconds=1e6 * fastest, gflops=2e-9 * size**3 / fastest)), flush=True)


def network(layers):
    parts = []
    for w, b in weights(layers):
        linear = torch.nn.Linear(*w.shape)
        linear.weight.data, linear.bias.data = torch.from_numpy(w.T.copy()), torch.from_numpy(b)
        parts += [linear, torch.nn.ReLU()]
    parts[-1] = torch.nn.Sigmoid()
    return torch.nn.Sequential(*parts).cuda()


def steps(name, form):
    layers, batch, adam, rate = WORKLOADS[name]
    x, net = torch.from_numpy(images(name)).cuda(), network(layers)
    graph = form == "graph"
    kind = torch.optim.Adam if adam else torch.optim.SGD
    optimizer = kind(net.parameters(), lr=rate, **(dict(capturable=True) if graph and adam else dict(fused=True)))

    def step(some):
        optimizer.zero_grad(set_to_none=not graph)
        loss = torch.nn.functional.mse_loss(net(some), some)
        loss.backward()
        optimizer.step()
        return loss.detach()

    if graph:
        static, side = x[:batch].clone(), torch.cuda.Stream()
        with torch.cuda.stream(side):
            for _ in range(3):
                step(static)
        torch.cuda.current_stream().wait_stream(side)
        captured = torch.cuda.CUDAGraph()
        with torch.cuda.graph(captured):
            loss = step(static)

    def epoch():
        total = torch.zeros((), device="cuda")
        for rows in torch.randperm(len(x), device="cuda").reshape(-1, batch):
            if graph:
                static.copy_(x[rows])
                captured.replay()
                total += loss
            else:
                total += step(x[rows])
        return total.item() / STEPS[name]

    epoch()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        last = epoch()
        times.append((time.perf_counter() - start) / STEPS[name] * 1e6)
    line = dict(peer=f"PyTorch {form}", version=torch.__version__, workload=name)
    print(json.dumps(line | dict(median=statistics.median(times), fastest=min(times), loss=last)), flush=True)


print(torch.cuda.get_device_name(), torch.__version__)
for precision in ["f32", "f16"]:
    for size in [256, 512, 1024, 2048, 4096, 8192]:
        product(size, precision)
for name in WORKLOADS:
    for form in ["eager", "graph"]:
        steps(name, form)
