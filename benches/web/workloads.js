// What is trained, as wgrad and as TensorFlow.js describe it.
const FIRST = [784, 128, 64, 32, 64, 128, 784];
const SGD = { name: "sgd" };
const ADAM = { name: "adam" };

/** Pixels that look like nothing, as how fast they are learnt from does not depend on it; and classes. */
export function samples(count) {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  return { pixels: Uint8Array.from({ length: count * 784 }, next), labels: Uint32Array.from({ length: count }, (_, at) => (at * 7) % 10) };
}

export const WORKLOADS = [
  { name: "w1", batch: 32, steps: 100, method: SGD, rate: 0.5, net: dense },
  { name: "w3", batch: 256, steps: 25, method: ADAM, rate: 1e-3, net: dense },
  { name: "c1", batch: 32, steps: 25, method: SGD, rate: 0.05, net: images },
];

const CONV = (filters) => ({ filters, kernel: [3, 3], stride: [1, 1], dilation: [1, 1], groups: 1, padding: "same", bias: true, init: "he_uniform" });
const POOL = { size: [2, 2], stride: [2, 2], padding: "valid" };

const layer = (kind, name, settings = {}) => ({ kind, name, settings });

/** The first report's autoencoder. */
function dense(tf) {
  const last = FIRST.length - 1;
  if (tf) {
    const net = tf.sequential();
    FIRST.slice(1).forEach((units, at) =>
      net.add(tf.layers.dense({ units, activation: at + 1 < last ? "relu" : "sigmoid", ...(at ? {} : { inputShape: [784] }) })),
    );
    return { net, loss: "meanSquaredError", shape: [784] };
  }
  const layers = FIRST.slice(1).flatMap((units, at) => [
    layer("dense", `dense_${at + 1}`, { units, bias: true, init: "glorot_uniform" }),
    layer(at + 1 < last ? "relu" : "sigmoid", `activation_${at + 1}`),
  ]);
  return { layers, loss: "mean_squared_error", shape: [784] };
}

/** Two convolutions with pools, and two dense layers. */
function images(tf) {
  if (tf) {
    const { conv2d, maxPooling2d, flatten, dense: units } = tf.layers;
    const conv = (filters, more) => conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu", kernelInitializer: "heUniform", ...more });
    const layers = [conv(16, { inputShape: [28, 28, 1] }), maxPooling2d({ poolSize: 2 }), conv(32), maxPooling2d({ poolSize: 2 }), flatten()];
    layers.push(units({ units: 128, activation: "relu", kernelInitializer: "heUniform" }), units({ units: 10 }));
    return { net: tf.sequential({ layers }), loss: "softmax", shape: [28, 28, 1] };
  }
  const conv = (at, filters) => layer("conv2d", `conv_${at}`, CONV(filters));
  const units = (at, units) => layer("dense", `dense_${at}`, { units, bias: true, init: "he_uniform" });
  const layers = [conv(1, 16), layer("relu", "relu_1"), layer("max_pool2d", "pool_1", POOL), conv(2, 32), layer("relu", "relu_2"), layer("max_pool2d", "pool_2", POOL)];
  layers.push(layer("flatten", "flatten"), units(1, 128), layer("relu", "relu_3"), units(2, 10));
  return { layers, loss: "softmax_cross_entropy", shape: [28, 28, 1] };
}
