"""Layers of Keras with padding "same" in f64, with strides or dilation: `recorded_keras.json`, which `same.rs` reads, has what they make of
an image, and the gradients of its product with other numbers.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    KERAS_BACKEND=tensorflow python3 tests/images/record_keras.py
"""
import json
from itertools import product
from pathlib import Path

import keras
import numpy as np
import tensorflow
from keras import layers

FILTERS = 2
KERNELS = (2, 3, 5)
# Odd sides and even ones, the one of the kernel's size among them.
IMAGES = {2: (7, 8, 2), 3: (9, 6, 2), 5: (5, 4, 2)}
SMALL_IMAGES = {2: (3, 4, 2), 3: (4, 3, 2), 5: (5, 2, 2)}


def numbers(shape, seed):
    """Numbers that f32 has, all different where they are near each other; `same.rs` has the same ones."""
    at = np.arange(np.prod(shape))
    return ((37 * at + 29 * seed) % 101 - 50).reshape(shape) / 64


def strided(images):
    """A kernel and a stride along each side, all of these along both."""
    sides = list(product(KERNELS, (2, 3)))
    for place, (down, across) in enumerate(zip(sides, sides[3:] + sides[:3])):
        kernel, stride = zip(down, across)
        yield {"shape": images[down[0]], "kernel": kernel, "stride": stride}


def cases():
    for case in strided(IMAGES):
        for layer in ("conv2d", "max_pool2d", "avg_pool2d"):
            yield {"layer": layer, **case}
    for case in strided(SMALL_IMAGES):
        yield {"layer": "conv_transpose2d", **case}
    for stride in (2, 3):
        yield {"layer": "conv2d", "shape": (7, 8, 2), "kernel": (3, 2), "stride": (stride, stride), "groups": 2}
    for kernel in ((2, 3), (3, 5), (5, 2)):
        yield {"layer": "conv2d", "shape": (7, 8, 2), "kernel": kernel, "dilation": (2, 2)}
    for length, kernel in product((7, 8, 9), KERNELS):
        for stride in (2, 3):
            yield {"layer": "conv1d", "shape": (length, 2), "kernel": (kernel,), "stride": (stride,)}
        yield {"layer": "conv1d", "shape": (length, 2), "kernel": (kernel,), "dilation": (2,)}


def layer_of(layer, kernel, shape, stride=1, dilation=1, groups=1):
    along = {"strides": stride, "padding": "same"}
    if layer == "conv1d":
        return layers.Conv1D(FILTERS, kernel, dilation_rate=dilation, **along)
    if layer == "conv2d":
        return layers.Conv2D(FILTERS, kernel, dilation_rate=dilation, groups=groups, **along)
    if layer == "conv_transpose2d":
        return layers.Conv2DTranspose(FILTERS, kernel, **along)
    return {"max_pool2d": layers.MaxPooling2D, "avg_pool2d": layers.AveragePooling2D}[layer](kernel, **along)


def record(case):
    layer = layer_of(**case)
    layer.build((1, *case["shape"]))
    layer.set_weights([numbers(weight.shape, seed) for seed, weight in enumerate(layer.weights, 1)])
    x = tensorflow.constant(numbers((1, *case["shape"]), 0))
    with tensorflow.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        value = tensorflow.reduce_sum(y * numbers(y.shape, 3))
    gradients = tape.gradient(value, [x, *layer.trainable_weights])
    flat = lambda values: [float(f"{value:.9g}") for value in np.ravel(values)]
    named = zip(("inputs", "weight", "bias"), map(flat, gradients))
    return {**case, "outputs": flat(y), "gradients": dict(named)}


def main():
    keras.backend.set_floatx("float64")
    lines = ",\n".join(json.dumps(record(case)) for case in cases())
    Path(__file__).with_name("recorded_keras.json").write_text(f"[\n{lines}\n]\n")


main()
