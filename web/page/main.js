// The page: two workers, one to train and one to look, and what the buttons do with them.
import { digitOn } from "./canvas.js";
import { newest, remote } from "./calls.js";
import { digitRows, latentMap, lossCurve } from "./charts.js";
import { chooser, download, droppable } from "./files.js";
import { PIXELS } from "./net.js";
import { byId, clearNumbers, hideError, showAccuracy, showData, showDevice, showEpoch, showError, showProgress } from "./panel.js";
import { penOn } from "./pen.js";
import { slidersIn } from "./sliders.js";

const LOOKED_AT = [1000, 500];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const trainer = remote({ epoch: epochDone, progress: showProgress, failed: trainingFailed });
const viewer = remote({});

const curve = lossCurve(byId("loss"));
const rows = digitRows(byId("reconstructions"));
const map = latentMap(byId("map"), byId("legend"));
const [decoded, seen, redrawn] = ["decoded", "seen", "redrawn"].map((id) => digitOn(byId(id)));

let gpu = "yes";
let training = false;
let seconds = 0;
let seed = 0;
let examples = [];
let example = 0;
let drawing = null;
let device = "auto";
let waiting = 0;
let last = Promise.resolve();

const look = newest(async (settled) => {
  const view = await viewer("look", await trainer("save"), settled);
  rows([view.originals, view.reconstructions]);
  map(view.points, view.labels);
  showAccuracy(view.accuracy);
  examples = view.originals;
  showDecoder(view);
  read(drawing);
  await new Promise((resolve) => setTimeout(resolve, settled ? 0 : calm.matches ? 2000 : 250));
}, showError);

const decode = newest(async (latents) => decoded(await viewer("decode", latents)), showError);
const sliders = slidersIn(byId("sliders"), decode);

function showDecoder({ blind, means, deviations }) {
  byId("blind").textContent = blind ?? "";
  byId("blind").hidden = !blind;
  byId("centre").disabled = blind !== null;
  sliders.enable(!blind);
  if (blind) decoded([]);
  else sliders.set({ means, deviations });
}

const read = newest(async (pixels) => {
  const { digit, reconstruction } = pixels ? await viewer("read", pixels) : { digit: "–", reconstruction: [] };
  byId("class").textContent = digit;
  redrawn(reconstruction);
}, showError);

const pen = penOn(byId("drawing"), (pixels) => {
  drawing = pixels;
  seen(pixels ?? []);
  read(pixels);
});

function nextExample() {
  const at = PIXELS * example++;
  pen.copy(examples.slice(at % examples.length, (at % examples.length) + PIXELS));
}

function epochDone(epoch) {
  seconds += epoch.seconds;
  curve.add({ training: epoch.loss, test: epoch.validation?.loss });
  showEpoch(epoch, seconds);
  if (training) look(false);
}

function trainingFailed(message) {
  setTraining(false);
  showError(new Error(`The training ended: ${message}`));
}

function setTraining(now) {
  training = now;
  byId("train").textContent = now ? "Pause" : "Train";
}

async function trainOrPause() {
  if (!training) {
    await trainer("train");
    return setTraining(true);
  }
  byId("train").textContent = "Pausing …";
  await trainer("pause");
  setTraining(false);
  await look(true);
}

/** Goes on with another model or other digits, in the same way as before. */
async function change(work) {
  const before = training;
  await work();
  setTraining(false);
  seconds = 0;
  curve.clear();
  clearNumbers();
  await look(true);
  if (before) await trainOrPause();
}

async function takeModel(name, ...args) {
  const chosen = byId("device").value;
  await change(async () => showDevice(await trainer(name, ...args, chosen), gpu, chosen));
}

async function takeDigits(source, name, ...args) {
  await change(async () => {
    showData(await trainer(name, ...args), source);
    await viewer("show", await trainer("sample", ...LOOKED_AT));
  });
}

const drawDigits = () => takeDigits("wgrad draws", "drawDigits", 2000, 500);

async function takeFiles(files) {
  const model = files.find(({ name }) => name.endsWith(".safetensors"));
  if (model) return takeModel("load", new Uint8Array(await model.arrayBuffer()));
  await takeDigits("Your files have", "readFiles", files, Number(byId("most").value));
}

/** Moves the training to the chosen device; where that fails, it stays where it is. */
async function takeDevice() {
  const select = byId("device");
  try {
    await takeModel("load", await trainer("save"));
    device = select.value;
  } catch (error) {
    select.value = device;
    throw error;
  }
}

/** Does what is asked one after the other, and shows what goes wrong. */
async function attempt(work) {
  waiting += 1;
  document.body.ariaBusy = "true";
  last = last.then(hideError).then(work).catch(showError);
  await last;
  waiting -= 1;
  document.body.ariaBusy = String(waiting > 0);
}

function wire() {
  const onClick = (id, work) => byId(id).addEventListener("click", () => attempt(work));
  onClick("train", trainOrPause);
  onClick("again", () => takeModel("create", ++seed));
  onClick("save", async () => download(await trainer("save"), "autoencoder.safetensors"));
  onClick("drawn", drawDigits);
  const atOnce = { centre: sliders.centre, clear: pen.clear, example: nextExample, "error-close": hideError };
  for (const [id, work] of Object.entries(atOnce)) byId(id).addEventListener("click", work);
  byId("device").addEventListener("change", () => attempt(takeDevice));
  const take = (files) => attempt(() => takeFiles(files));
  chooser(byId("load"), byId("model-file"), take);
  chooser(byId("mnist"), byId("mnist-files"), take);
  droppable(take);
}

async function start() {
  gpu = await trainer("gpu");
  byId("device").querySelector('[value="gpu"]').disabled = gpu !== "yes";
  showData(await trainer("drawDigits", 2000, 500), "wgrad draws");
  await viewer("show", await trainer("sample", ...LOOKED_AT));
  await takeModel("create", seed);
  wire();
  document.querySelectorAll("button, select").forEach((control) => control.closest("#sliders") || (control.disabled = false));
}

attempt(start);
