"""Keras on TensorFlow: `Model.fit`, as its users train."""
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
import keras

from workloads import STEPS, WORKLOADS, XOR, asked, images, report, weights


def network(layers, hidden, optimizer):
    units = layers[1:]
    dense = [keras.layers.Dense(n, activation="sigmoid" if i + 1 == len(units) else hidden) for i, n in enumerate(units)]
    net = keras.Sequential([keras.Input((layers[0],)), *dense])
    net.set_weights([array for pair in weights(layers) for array in pair])
    net.compile(optimizer=optimizer, loss="mse")
    return net


def fit(net, x, y, batch, epochs=1):
    return net.fit(x, y, batch_size=batch, epochs=epochs, verbose=0).history["loss"][-1]


def autoencoder(name):
    layers, batch, adam, rate = WORKLOADS[name]
    optimizer = keras.optimizers.Adam(rate) if adam else keras.optimizers.SGD(rate)
    x, net = images(name), network(layers, "relu", optimizer)
    report("Keras", keras.__version__, name, lambda: fit(net, x, x, batch))


def xor():
    # An epoch is one step here and costs milliseconds, so fewer of them are timed.
    STEPS["xor"] = 100
    net = network([2, 4, 1], "tanh", keras.optimizers.SGD(0.1))
    report("Keras", keras.__version__, "xor", lambda: fit(net, *XOR, 4, STEPS["xor"]), repeats=3)


for workload in asked():
    xor() if workload == "xor" else autoencoder(workload)
