// In the worker that trains: the digits, and the model that learns from them.
import { Data, Digits, Model } from "./wgrad/wgrad.js";
import { tell } from "./calls.js";
import { readIdx } from "./idx.js";
import { autoencoder, PIXELS, unfit } from "./net.js";

let digits = null;
let model = null;
let begun = false;
let running = false;
let loop = Promise.resolve();

/** Whether a GPU can be had: "yes", or what is missing. */
export async function gpu() {
  if (!navigator.gpu) return "browser";
  return (await navigator.gpu.requestAdapter().catch(() => null)) ? "yes" : "adapter";
}

/** Has the crate draw digits. */
export async function drawDigits(train, test) {
  const draw = (count, forTest) => {
    const drawn = new Digits(0, count, forTest);
    const set = { pixels: drawn.pixels, labels: drawn.labels };
    drawn.free();
    return set;
  };
  return renew({ train: draw(train, false), test: draw(test, true) });
}

/** Takes digits from files like those of MNIST. */
export async function readFiles(files, most) {
  return renew(await readIdx(files, most));
}

async function renew(sets) {
  await pause();
  if (begun) await model.finish();
  begun = false;
  digits = sets;
  return { train: digits.train.labels.length, test: digits.test.labels.length };
}

/** Some of the digits, for the worker that looks. */
export function sample(train, test) {
  const first = ({ pixels, labels }, count) => ({ pixels: pixels.slice(0, count * PIXELS), labels: labels.slice(0, count) });
  return { train: first(digits.train, train), test: first(digits.test, test) };
}

/** Makes a model with new weights. */
export async function create(seed, backend) {
  return use(await Model.create(autoencoder(seed), backend));
}

/** Goes on with the model of a file; where it is unfit, with the model of before. */
export async function load(file, backend) {
  const loaded = await Model.load(file, backend);
  const why = await unfit(loaded);
  if (!why) return use(loaded);
  loaded.free();
  throw new Error(why);
}

async function use(next) {
  await pause();
  model?.free();
  model = next;
  begun = false;
  return { device: model.device, note: model.note };
}

/** The bytes of the model's file. */
export async function save() {
  return model.save();
}

/** Begins to train, or goes on. */
export async function train() {
  if (!begun) await begin();
  running = true;
  loop = epochs().catch((error) => tell("failed", error.message));
}

/** Lets the epoch under way end. */
export async function pause() {
  running = false;
  await loop;
}

async function begin() {
  const { train, test } = digits;
  const data = Data.autoencoder(train.pixels, PIXELS);
  const judges = Data.autoencoder(test.pixels, PIXELS);
  await model.train(data.judgedBy(judges), { epochs: 1e9, batch: 64 }, (done, of) => tell("progress", { done, of }));
  data.free();
  judges.free();
  begun = true;
}

async function epochs() {
  while (running) {
    tell("epoch", await model.epoch());
  }
}
