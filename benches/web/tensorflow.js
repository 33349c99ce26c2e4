// Times a step of training with TensorFlow.js, in the faster of its two ways: Model.fit, and an own loop over minimize.
import { WORKLOADS, samples } from "./workloads.js";

const script = (path) =>
  new Promise((done, failed) => {
    const element = Object.assign(document.createElement("script"), { src: path, onload: done, onerror: () => failed(new Error(path)) });
    document.head.append(element);
  });

async function start(backend) {
  await script("/node_modules/@tensorflow/tfjs/dist/tf.min.js");
  await script(`/node_modules/@tensorflow/tfjs-backend-${backend}/dist/tf-backend-${backend}.min.js`);
  if (backend === "wasm") {
    tf.wasm.setWasmPaths("/node_modules/@tensorflow/tfjs-backend-wasm/dist/");
    tf.wasm.setThreadsCount(1);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no ${backend} here`);
  await tf.ready();
}

const optimizerOf = ({ method, rate }) => (method.name === "adam" ? tf.train.adam(rate) : tf.train.sgd(rate));

/** Microseconds of a step, the least of some epochs, and the last loss. */
export async function time(name, backend, epochs) {
  await start(backend);
  const workload = WORKLOADS.find((one) => one.name === name);
  const { net, loss, shape } = workload.net(tf);
  const count = workload.batch * workload.steps;
  const { pixels, labels } = samples(count);
  const x = tf.tensor(Float32Array.from(pixels, (pixel) => pixel / 255), [count, ...shape]);
  const y = loss === "softmax" ? tf.oneHot(tf.tensor1d(Int32Array.from(labels), "int32"), 10).toFloat() : x;
  const of = loss === "softmax" ? (truth, out) => tf.losses.softmaxCrossEntropy(truth, out) : loss;
  const ways = [await fitted(net, x, y, of, workload, epochs), await looped(net, x, y, of, workload, epochs)];
  const best = ways[0].seconds < ways[1].seconds ? ways[0] : ways[1];
  return { micros: (1e6 * best.seconds) / workload.steps, loss: best.loss };
}

async function fitted(net, x, y, loss, workload, epochs) {
  net.compile({ optimizer: optimizerOf(workload), loss });
  const ended = [];
  let last;
  const callbacks = { onEpochBegin: () => ended.push(performance.now()), onEpochEnd: (_, logs) => { ended.push(performance.now()); last = logs.loss; } };
  await net.fit(x, y, { batchSize: workload.batch, epochs: epochs + 1, yieldEvery: "never", callbacks });
  const seconds = Array.from({ length: epochs }, (_, at) => (ended[2 * at + 3] - ended[2 * at + 2]) / 1e3);
  return { seconds: Math.min(...seconds), loss: last };
}

async function looped(net, x, y, loss, workload, epochs) {
  const optimizer = optimizerOf(workload);
  const of = typeof loss === "string" ? tf.losses.meanSquaredError : loss;
  const { batch, steps } = workload;
  const parts = Array.from({ length: steps }, (_, at) => [x, y].map((all) => all.slice([at * batch], [batch])));
  let least = Infinity;
  let last;
  for (let epoch = 0; epoch <= epochs; epoch += 1) {
    const begun = performance.now();
    let cost;
    for (const [inputs, targets] of parts) {
      cost?.dispose();
      cost = optimizer.minimize(() => of(targets, net.apply(inputs, { training: true })), true);
    }
    last = (await cost.data())[0];
    cost.dispose();
    if (epoch > 0) least = Math.min(least, (performance.now() - begun) / 1e3);
  }
  return { seconds: least, loss: last };
}
