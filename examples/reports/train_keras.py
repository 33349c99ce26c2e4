"""The reports' networks in Keras: train_keras.py FOLDER XOR_EPOCHS FIRST_EPOCHS SECOND_EPOCHS ROWS PIXELS, with the images in FOLDER."""

import json
import os
import platform
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

FOLDER = sys.argv[1]
XOR_EPOCHS, FIRST_EPOCHS, SECOND_EPOCHS, ROWS, PIXELS = map(int, sys.argv[2:])


def dense(units, activation):
    return [keras.layers.Dense(count, activation=activation) for count in units]


def run(name, net, optimizer, data, test, epochs, batch):
    """Trains, and tells the loss on the test data and the seconds."""
    net.compile(optimizer=optimizer, loss="mse")
    start = time.perf_counter()
    net.fit(*data, epochs=epochs, batch_size=batch, verbose=0)
    seconds = time.perf_counter() - start
    return {"name": name, "epochs": epochs, "seconds": seconds, "loss": net.evaluate(*test, batch_size=256, verbose=0)}


def xor():
    inputs, targets = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([[0], [1], [1], [0]], np.float32)
    net = keras.Sequential([keras.Input([2]), *dense([4], "tanh"), *dense([1], "sigmoid")])
    data = (inputs, targets)
    row = run("xor", net, keras.optimizers.SGD(0.9), data, data, XOR_EPOCHS, 4)
    return {**row, "accuracy": float(np.mean(np.round(net.predict(inputs, verbose=0)) == targets))}


def autoencoder(name, encoder, optimizer, train, test, epochs):
    """Also writes the latents, so that the same classifier judges them."""
    net = keras.Sequential(
        [keras.Input([PIXELS]), *dense(encoder, "relu"), *dense(encoder[-2::-1], "relu"), *dense([PIXELS], "sigmoid")]
    )
    row = run(name, net, optimizer, (train, train), (test, test), epochs, 32)
    latents = keras.Model(net.inputs, net.layers[len(encoder) - 1].output)
    for kind, images in [("train", train[:ROWS]), ("test", test)]:
        latents.predict(images, batch_size=256, verbose=0).astype(np.float32).tofile(f"{FOLDER}/{name}_{kind}.f32")
    return row


def images(name):
    return np.fromfile(f"{FOLDER}/{name}.u8", np.uint8).reshape(-1, PIXELS).astype(np.float32) / 255


keras.utils.set_random_seed(0)
train, test = images("train"), images("test")
sgd = keras.optimizers.SGD
rows = [
    xor(),
    autoencoder("first", [128, 64, 32], sgd(0.5), train[:10_000], test, FIRST_EPOCHS),
    autoencoder("second", [512, 256, 128, 64, 32], sgd(0.05, momentum=0.9), train, test, SECOND_EPOCHS),
]
versions = f"Keras {keras.__version__} on {keras.backend.backend()}, Python {platform.python_version()}"
print(json.dumps({"versions": f"{versions}, {platform.system()} {platform.machine()}", "rows": rows}))
