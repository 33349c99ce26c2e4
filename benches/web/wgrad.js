// Times a step of training with wgrad.
import init, { Data, Model } from "/wgrad/wgrad.js";
import { WORKLOADS, samples } from "./workloads.js";

/** Microseconds of a step, the least of some epochs, and the last loss. */
export async function time(name, backend, epochs) {
  await init();
  const { batch, steps, method, rate, net } = WORKLOADS.find((workload) => workload.name === name);
  const { layers, loss, shape } = net();
  const optimizer = { method, rate, schedule: { name: "constant" } };
  const model = await Model.create({ version: 1, input: shape, layers, loss, optimizer, seed: 0 }, backend);
  const { pixels, labels } = samples(batch * steps);
  const data = shape.length > 1 ? Data.classification(pixels, shape, labels) : Data.autoencoder(pixels, shape);
  await model.train(data, { epochs: epochs + 1, batch });
  // The first one compiles.
  await model.epoch();
  let least = Infinity;
  let last;
  for (let epoch; (epoch = await model.epoch()); last = epoch.loss) least = Math.min(least, epoch.seconds);
  await model.finish();
  return { device: model.device, micros: (1e6 * least) / steps, loss: last };
}
