// In the worker that looks: what the newest model makes of digits, of latents, and of a drawing.
import { Model, Svm } from "./wgrad/wgrad.js";
import { decoder, LATENT, parameterNames, PIXELS } from "./net.js";
import { accuracyOf, plane, spread } from "./statistics.js";

const SHOWN = 10;
const FIT_EVERY_MS = 2000;

let digits = null;
let model = null;
let behind = null;
let svm = null;
let accuracy = null;
let fitted = -Infinity;

/** Sets the digits to look at. */
export function show(sample) {
  digits = sample;
}

/** Looks at the model of a file; `settled` says that no newer one comes soon. */
export async function look(file, settled) {
  model?.free();
  model = await Model.load(file, "cpu");
  const { pixels, labels } = digits.test;
  const latents = await model.encode(LATENT, pixels, PIXELS);
  const width = latents.length / labels.length;
  if (settled || performance.now() - fitted > FIT_EVERY_MS) await fit(latents, width);
  const shown = pixels.slice(0, SHOWN * PIXELS);
  return {
    originals: Float32Array.from(shown, (value) => value / 255),
    reconstructions: await model.predict(shown, PIXELS),
    points: plane(latents, width),
    labels,
    ...spread(latents, width),
    accuracy,
    blind: await split(file, width),
  };
}

/** Fits the machine to training digits, and tests it on the others. */
async function fit(latents, width) {
  const { pixels, labels } = digits.train;
  const rows = await model.encode(LATENT, pixels, PIXELS);
  svm?.free();
  svm = Svm.fit(rows, width, labels, 10);
  accuracy = accuracyOf(svm.predict(latents), digits.test.labels);
  fitted = performance.now();
}

/** Makes a net of the layers behind the latents; says why where it can't. */
async function split(file, width) {
  behind?.free();
  behind = null;
  try {
    const net = await Model.create(decoder(model.description, width), "cpu");
    for (const name of parameterNames(await net.save())) await net.setParameter(name, await model.parameter(name));
    behind = net;
    return null;
  } catch (error) {
    return `The layers behind the latents are no net of their own: ${error.message}.`;
  }
}

/** What the decoder draws for latents. */
export async function decode(latents) {
  return behind.predict(latents, latents.length);
}

/** What the model and the machine make of a drawing. */
export async function read(pixels) {
  const [digit] = svm.predict(await model.encode(LATENT, pixels, PIXELS));
  return { digit, reconstruction: await model.predict(pixels, PIXELS) };
}
