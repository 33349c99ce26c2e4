"""Computes latents from a model's file with NumPy, and with PyTorch, Keras and onnxruntime; writes weights.

Usage: check.py FOLDER. The lines for PyTorch and Keras are those of README and of docs/images.md. Status 77 means that a package is missing
without which there is nothing to compare.
"""

import importlib.util
import os
import re
import sys
from pathlib import Path

try:
    import numpy as np
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file
except ImportError as missing:
    print(missing)
    sys.exit(77)

# The layers with weights of the net over images.
IMAGE_LAYERS = ["conv2d_1", "batch_norm_1", "conv2d_2", "group_norm_1", "conv_transpose2d_1", "dense_1"]

# Files with operators of set 20.
NEWER = {"gelu", "gelu_erf", "mish", "newer", "newer_group_norm", "newer_padded", "newer_rows", "newer_upsampled"}

ROOT = Path(__file__).parents[2]


def latents(weights, samples):
    hidden = np.maximum(samples @ weights["dense_1.weight"] + weights["dense_1.bias"], 0)
    return np.tanh(hidden @ weights["dense_2.weight"] + weights["dense_2.bias"])


def check(name, found, expected):
    assert found.shape == expected.shape, (name, found.shape, expected.shape)
    difference, most = np.abs(found - expected).max(), 2e-6 * max(1, np.abs(expected).max())
    assert difference < most, (name, difference, most)
    print(f"{name}: within {difference:.1e} of {expected.size} values")


def torch_net():
    from torch import from_numpy, nn

    net = nn.Sequential(
        *[nn.Linear(20, 12), nn.ReLU(), nn.Linear(12, 5), nn.Tanh()],
        *[nn.Dropout(0.5), nn.Linear(5, 20), nn.Sigmoid()],
    ).eval()
    names = {"layers": {"dense_1": net[0], "dense_2": net[2], "dense_3": net[5]}}
    return names, lambda samples: net(from_numpy(samples)).detach().numpy()


def keras_net():
    from keras import Input, Sequential, layers

    net = Sequential([
        Input([20]),
        layers.Dense(12, "relu", name="dense_1"),
        layers.Dense(5, "tanh", name="dense_2"),
        layers.Dropout(0.5),
        layers.Dense(20, "sigmoid", name="dense_3"),
    ])
    return {"net": net}, lambda samples: net.predict(samples, verbose=0)


def torch_images():
    from torch import from_numpy, nn

    net = nn.Sequential(
        *[nn.Conv2d(3, 4, 3, padding="same"), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 8, 3, groups=4)],
        *[nn.GroupNorm(2, 8), nn.ConvTranspose2d(8, 5, 3, 2), nn.Tanh(), nn.Flatten(), nn.Linear(9 * 7 * 5, 6)],
    ).eval()
    places = [0, 1, 3, 4, 5, 8]
    layers = {name: net[place] for name, place in zip(IMAGE_LAYERS, places)}
    # Samples come channels last.
    images = lambda samples: from_numpy(samples.reshape(-1, 6, 5, 3)).permute(0, 3, 1, 2)
    names = {"layers": layers, "flattened": {"dense_1": (9, 7, 5)}}
    return names, lambda samples: net(images(samples)).detach().numpy()


def keras_images():
    from keras import Input, Sequential, layers

    names = iter(IMAGE_LAYERS)
    net = Sequential([
        Input([6, 5, 3]),
        layers.Conv2D(4, 3, padding="same", name=next(names)),
        layers.BatchNormalization(epsilon=1e-5, name=next(names)),
        layers.ReLU(),
        layers.DepthwiseConv2D(3, depth_multiplier=2, name=next(names)),
        layers.GroupNormalization(2, epsilon=1e-5, name=next(names)),
        layers.Conv2DTranspose(5, 3, 2, activation="tanh", name=next(names)),
        layers.Flatten(),
        layers.Dense(6, name=next(names)),
    ])
    return {"net": net}, lambda samples: net.predict(samples.reshape(-1, 6, 5, 3), verbose=0)


def check_documented(page, package, make, data, folders):
    """Runs a page's lines, those that read and those that write, in each folder with its outputs."""
    if importlib.util.find_spec(package) is None:
        print(f"{package}: not installed")
        return
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    read, write = [block for block in blocks if ("torch" in block) == (package == "torch")]
    assert "load_file" in read and "save_file" in write
    names, predict = make()
    base = Path.cwd()
    for folder, expected in folders:
        os.chdir(base / folder)
        exec(read, names)
        check(f"{package}, {page}, {expected}", predict(data["samples"]), data[expected])
        exec(write, names)
    os.chdir(base)


def check_onnx(data):
    import onnxruntime

    for name, file in [("latents", "encoder"), ("outputs", "model")]:
        session = onnxruntime.InferenceSession(f"{file}.onnx")
        check(f"onnxruntime, {name}", session.run(None, {"input": data["samples"]})[0], data[name])
    # 1.17 was the first with operator set 20, and so with Gelu.
    known = tuple(int(part) for part in onnxruntime.__version__.split(".")[:2]) >= (1, 17)
    refused = set()
    for path in sorted(Path("onnx").glob("*.onnx")):
        try:
            session = onnxruntime.InferenceSession(path)
        except onnxruntime.capi.onnxruntime_pybind11_state.Fail as fault:
            assert not known and "Opset 20" in str(fault), (path, fault)
            refused.add(path.stem)
            continue
        check_session(session, path.stem, load_file(path.with_suffix(".safetensors")))
    assert refused == (set() if known else NEWER), refused
    if refused:
        print(f"onnxruntime {onnxruntime.__version__} refuses {sorted(refused)}, whose operator set is newer")


def check_session(session, name, data):
    """Compares all outputs of a model, by their names, with what wgrad has computed."""
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
    inputs = {}
    for given in session.get_inputs():
        inputs[given.name] = data.pop(f"inputs/{given.name}").astype(types[given.type]).reshape(-1, *given.shape[1:])
    outputs = session.get_outputs()
    for output, found in zip(outputs, session.run(None, inputs)):
        assert list(found.shape[1:]) == output.shape[1:], (name, output.name, found.shape, output.shape)
        expected = data.pop(f"outputs/{output.name}")
        check(f"onnxruntime, {name}, {output.name}", found.reshape(len(found), -1), expected)
    assert not data, (name, data.keys())


def main(folder):
    os.chdir(folder)
    weights, data = load_file("model.safetensors"), load_file("data.safetensors")
    with safe_open("model.safetensors", "numpy") as file:
        assert '"kind":"dense"' in file.metadata()["wgrad"]
    check("numpy", latents(weights, data["samples"]), data["latents"])
    save_file(weights, "f32.safetensors")
    save_file({name: array.astype(np.float16) for name, array in weights.items()}, "f16.safetensors")
    # With the file in F16 and then with that in F32.
    folders = [("half", "half_outputs"), (".", "outputs")]
    check_documented("README.md", "torch", torch_net, data, folders)
    check_documented("README.md", "keras", keras_net, data, folders)
    images = load_file("images/data.safetensors")
    check_documented("docs/images.md", "torch", torch_images, images, [("images", "outputs")])
    check_documented("docs/images.md", "keras", keras_images, images, [("images", "outputs")])
    if Path("model.onnx").exists():
        try:
            check_onnx(data)
        except ImportError as missing:
            print(missing)
            sys.exit(77)


main(sys.argv[1])
