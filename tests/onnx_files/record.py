"""Writes ONNX files, in base64, and what their frameworks predict to recorded.json.

    pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2
    python record.py torch
    pip install keras==3.15.1 tensorflow-cpu==2.21.0 tf2onnx==1.17.0 onnx==1.23.2
    KERAS_BACKEND=tensorflow python record.py keras

`legacy` files are those of PyTorch's older exporter, by TorchScript; `dynamo` files are those of the newer one, `dynamo_21` for operator
set 21. All numbers are the same each time, but tf2onnx may give constants other names. Notes on where in a program a node comes from are
taken out, since they are ten times as long as the rest.
"""

import base64
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx

RECORDED = Path(__file__).with_name("recorded.json")


def text(path):
    """A file's bytes without what says where a node comes from."""
    model = onnx.load(path)
    del model.metadata_props[:]
    del model.functions[:]
    graph = model.graph
    for of in [graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer]:
        del of.metadata_props[:]
        of.doc_string = ""
    return base64.b64encode(model.SerializeToString()).decode()


def rows(numbers):
    """A row for each sample, reals with the digits that a float32 has."""
    numbers = np.asarray(numbers)
    short = (lambda x: float(f"{x:.9g}")) if numbers.dtype == np.float32 else int
    return [[short(x) for x in row.flatten()] for row in numbers]


def of_torch(folder):
    import torch
    import torch_nets

    # The first net's first weights are drawn before those that `trained` adds.
    torch.manual_seed(3)
    for name, net, samples in torch_nets.nets():
        torch.manual_seed(3)
        net = torch_nets.trained(net, samples)
        names = ["tokens", "size"] if name == "words" else ["input"]
        exporters = torch_nets.export(net, samples, names, folder, name)
        files = {exporter: text(folder / f"{name}_{exporter}.onnx") for exporter in exporters}
        yield name, files, [rows(x) for x in samples], rows(net(*samples).detach())


def of_keras(folder):
    import keras
    import keras_nets

    keras.utils.set_random_seed(5)
    for name, net in keras_nets.nets():
        random = np.random.default_rng(5)
        samples = random.normal(size=(2, *net.input_shape[1:])).astype("float32")
        net = keras_nets.trained(net, samples, random)
        path = folder / f"{name}.onnx"
        net.export(path, format="onnx", verbose=False)
        yield name, {"export": text(path)}, [rows(samples)], rows(net(samples, training=False))


def main():
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    nets = {"torch": of_torch, "keras": of_keras}[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        for name, files, inputs, outputs in nets(Path(folder)):
            recorded[name] = {"files": files, "inputs": inputs, "outputs": outputs}
    lines = [f"{json.dumps(name)}: {json.dumps(recorded[name])}" for name in sorted(recorded)]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
