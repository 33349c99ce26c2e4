"""Nets of Keras, with what record.py gives them."""

import keras
import numpy as np
from keras import layers


def nets():
    yield "keras_images", keras.Sequential([
        layers.Input((6, 7, 2)),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2, padding="same"),
        layers.Conv2D(3, 3, strides=2, padding="same"),
        layers.AveragePooling2D(2, strides=1),
        layers.Flatten(),
        layers.Dense(6, activation="gelu"),
        layers.Dropout(0.5),
        layers.Dense(3, activation="softmax"),
    ])
    image = keras.Input((4, 4, 3))
    y = layers.Conv2D(3, 1, use_bias=False)(image)
    y = layers.LeakyReLU(negative_slope=0.1)(layers.Add()([image, y]))
    y = layers.Conv2DTranspose(2, 3, strides=2, padding="same")(layers.UpSampling2D(2, interpolation="bilinear")(y))
    y = layers.Concatenate()([y, layers.ZeroPadding2D(((6, 6), (6, 6)))(image)])
    y = layers.Dense(2, activation="tanh")(layers.GlobalAveragePooling2D()(y))
    yield "keras_graph", keras.Model(image, y)
    yield "keras_group_norm", keras.Sequential([
        layers.Input((6, 7, 2)),
        layers.Conv2D(6, 3),
        layers.GroupNormalization(3, epsilon=0.01),
        layers.ReLU(),
        layers.Conv2D(4, 2, use_bias=False),
        layers.GroupNormalization(2, scale=False),
        layers.GroupNormalization(4, center=False, scale=False),
        layers.Reshape((6, 8)),
        layers.GroupNormalization(4, center=False, scale=False),
        layers.Flatten(),
        layers.Dense(6),
        layers.GroupNormalization(2, center=False),
        layers.Dense(3, activation="tanh"),
    ])


def trained(net, samples, random):
    """The net with numbers other than those it begins with."""
    net(samples)
    for weight in net.weights:
        if weight.dtype == "float32":
            weight.assign(weight + 0.1 * np.abs(random.normal(size=weight.shape)))
    return net
