"""Computes latents from a model's file with NumPy, and with onnxruntime where there is an ONNX file; writes weights.

Usage: check.py FOLDER. Status 77 means that a package is missing.
"""

import sys
from pathlib import Path

try:
    import numpy as np
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file
except ImportError as missing:
    print(missing)
    sys.exit(77)


def latents(weights, samples):
    hidden = np.maximum(samples @ weights["dense_1.weight"] + weights["dense_1.bias"], 0)
    return np.tanh(hidden @ weights["dense_2.weight"] + weights["dense_2.bias"])


def check(name, found, expected):
    difference = np.abs(found - expected).max()
    assert found.shape == expected.shape and difference < 2e-6, (name, found.shape, expected.shape, difference)
    print(f"{name}: within {difference:.1e} of {expected.size} values")


def main(folder):
    weights = load_file(folder / "model.safetensors")
    data = load_file(folder / "data.safetensors")
    with safe_open(folder / "model.safetensors", "numpy") as file:
        assert '"kind":"dense"' in file.metadata()["wgrad"]
    check("numpy", latents(weights, data["samples"]), data["latents"])
    save_file(weights, folder / "f32.safetensors")
    save_file({name: array.astype(np.float16) for name, array in weights.items()}, folder / "f16.safetensors")
    if (folder / "model.onnx").exists():
        try:
            import onnxruntime
        except ImportError as missing:
            print(missing)
            sys.exit(77)
        for name in ["latents", "outputs"]:
            session = onnxruntime.InferenceSession(folder / f"{'encoder' if name == 'latents' else 'model'}.onnx")
            check(f"onnxruntime, {name}", session.run(None, {"input": data["samples"]})[0], data[name])
        session = onnxruntime.InferenceSession(folder / "every_layer.onnx")
        check("onnxruntime, every layer", session.run(None, {"input": data["squares"]})[0], data["every_layer"])


main(Path(sys.argv[1]))
