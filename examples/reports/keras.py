"""The reports' networks in Keras: python3 keras.py FOLDER SMOKE, with train.u8 and test.u8 in the folder."""

import json
import platform
import sys
import time

import keras
import numpy as np

folder, smoke = sys.argv[1], sys.argv[2] == "smoke"


def images(name):
    return np.fromfile(f"{folder}/{name}.u8", np.uint8).reshape(-1, 784).astype(np.float32) / 255


def autoencoder(encoder):
    hidden = encoder + encoder[-2::-1]
    layers = [keras.layers.Dense(units, activation="relu") for units in hidden]
    return keras.Sequential([keras.Input([784]), *layers, keras.layers.Dense(784, activation="sigmoid")])


def run(name, model, optimizer, train, test, epochs, batch):
    keras.utils.set_random_seed(0)
    model.compile(optimizer=optimizer, loss="mse")
    start = time.perf_counter()
    history = model.fit(*train, epochs=epochs, batch_size=batch, verbose=0)
    seconds = time.perf_counter() - start
    loss = model.evaluate(*test, batch_size=256, verbose=0)
    return {"name": name, "epochs": epochs, "seconds": seconds, "train_loss": history.history["loss"][-1], "test_loss": loss}


def main():
    sgd = keras.optimizers.SGD
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    xor = (inputs, np.array([[0], [1], [1], [0]], np.float32))
    net = keras.Sequential(
        [keras.Input([2]), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1, activation="sigmoid")]
    )
    train, test = images("train"), images("test")
    first, second = train[:10_000], train
    rows = [
        run("xor", net, sgd(0.9), xor, xor, 20 if smoke else 2_000, 4),
        run("first", autoencoder([128, 64, 32]), sgd(0.5), (first, first), (test, test), 1 if smoke else 10, 32),
        run(
            "second_momentum",
            autoencoder([512, 256, 128, 64, 32]),
            sgd(0.05, momentum=0.9),
            (second, second),
            (test, test),
            1 if smoke else 2,
            32,
        ),
    ]
    versions = f"Keras {keras.__version__} on {keras.backend.backend()}, Python {platform.python_version()}"
    print(json.dumps({"versions": f"{versions}, {platform.machine()}", "rows": rows}))


main()
