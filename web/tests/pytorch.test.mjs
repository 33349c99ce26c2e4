// Random nets that PyTorch has trained in double precision, trained in the browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { WITH_GPU, start } from "./browser.mjs";

const RECORDED = new URL("../../tests/trajectory/recorded.json", import.meta.url);
/** As of the native backends in single precision. */
const TOLERANCE = 1e-4;

const SCHEDULES = {
  constant: { name: "constant" },
  step: { name: "step", epochs: 2, factor: 0.5 },
  cosine: { name: "cosine", floor: 0.1 },
  warmup: { name: "warmup", epochs: 2 },
  warmup_cosine: { name: "warmup_cosine", epochs: 2, floor: 0.1 },
};
const METHODS = {
  sgd: { name: "sgd" },
  momentum: { name: "momentum", momentum: 0.9, nesterov: false },
  nesterov: { name: "momentum", momentum: 0.9, nesterov: true },
  rms_prop: { name: "rms_prop" },
  adam: { name: "adam" },
  adam_w: { name: "adam" },
};

/** Activations that have other names in files. */
const KINDS = { gelu: "gelu_erf", gelu_tanh: "gelu" };

/** The generator of the recording. */
function draws(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / (1 << 24);
  };
  return { next, numbers: (count, low, high) => Array.from({ length: count }, () => low + (high - low) * next()) };
}

const pairs = (net) => net.layers.flatMap((units, at) => (at % 2 ? [] : [[units, net.layers[at + 1]]]));

function description(net) {
  const layers = pairs(net).flatMap(([units, activation], at) => [
    { name: `dense_${at + 1}`, kind: "dense", settings: { units, bias: true, init: "glorot_uniform" } },
    { name: `activation_${at + 1}`, kind: KINDS[activation] ?? activation, settings: activation === "leaky_relu" ? { negative_slope: 0.01 } : {} },
  ]);
  const { rate, decay, clip } = net;
  const optimizer = { method: METHODS[net.optimizer], rate, decay, clip, schedule: SCHEDULES[net.schedule] };
  return { version: 1, input: [net.inputs], layers, loss: net.loss, optimizer, seed: 0 };
}

/** All that the page needs to train a net as PyTorch did. */
function task(net) {
  const random = draws(net.seed);
  const outputs = pairs(net).at(-1)[0];
  const inputs = random.numbers(net.samples * net.inputs, -1, 1);
  const labels = net.loss === "softmax_cross_entropy";
  const targets = labels
    ? Array.from({ length: net.samples }, () => Math.trunc(random.next() * outputs))
    : random.numbers(net.samples * outputs, 0, 1);
  const parameters = {};
  let before = net.inputs;
  pairs(net).forEach(([units], at) => {
    const limit = Math.sqrt(6 / (before + units));
    parameters[`dense_${at + 1}.weight`] = random.numbers(before * units, -limit, limit);
    parameters[`dense_${at + 1}.bias`] = random.numbers(units, -0.1, 0.1);
    before = units;
  });
  const { epochs, batch } = net;
  return { description: description(net), inputs, width: net.inputs, targets, outputs, labels, parameters, epochs, batch };
}

/** In the page: trains, and gives the loss of each epoch and the outputs for two samples. */
async function train(task, backend) {
  const wgrad = await import("./wgrad/wgrad.js");
  await wgrad.default();
  const inputs = new Float32Array(task.inputs);
  const data = task.labels
    ? wgrad.Data.classification(inputs, task.width, new Uint32Array(task.targets))
    : wgrad.Data.regression(inputs, task.width, new Float32Array(task.targets), task.outputs);
  const model = await wgrad.Model.create(task.description, backend);
  for (const [name, values] of Object.entries(task.parameters)) await model.setParameter(name, new Float32Array(values));
  await model.train(data, { epochs: task.epochs, batch: task.batch, shuffle: false });
  const losses = [];
  for (let epoch; (epoch = await model.epoch()); ) losses.push(epoch.loss);
  await model.finish();
  const outputs = await model.predict(inputs.slice(0, 2 * task.width), task.width);
  model.free();
  return [...losses, ...outputs];
}

let browser;
let nets;
before(async () => {
  browser = await start(WITH_GPU);
  ({ nets } = JSON.parse(await readFile(RECORDED, "utf8")));
});
after(() => browser.close());

for (const backend of ["cpu", "gpu"]) {
  test(`nets train as PyTorch's on the ${backend}`, async () => {
    const { page, close } = await browser.open({ path: "package.html" });
    for (const net of nets) {
      const found = await page.evaluate(train, task(net), backend);
      const recorded = [...net.losses, ...net.outputs];
      assert.equal(found.length, recorded.length);
      found.forEach((value, at) => {
        const apart = Math.abs(value - recorded[at]) / Math.max(Math.abs(recorded[at]), 0.1);
        assert.ok(apart <= TOLERANCE, `${value}, ${apart} from ${recorded[at]}, of ${JSON.stringify(net)}`);
      });
    }
    await close();
  });
}
