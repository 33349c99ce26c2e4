// What the page says: numbers, the device, advice and errors.

export const byId = (id) => document.getElementById(id);

const say = (id, text) => (byId(id).textContent = text);
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

const count = (number) => whole.format(number);

export function showError(error) {
  say("error-text", error.message);
  byId("error").hidden = false;
}

export function hideError() {
  byId("error").hidden = true;
}

export function showProgress({ done, of }) {
  byId("progress").value = done / of;
}

export function showEpoch({ epoch, loss, validation, samples, seconds }, allSeconds) {
  say("epoch", epoch);
  say("train-loss", loss.toFixed(4));
  say("test-loss", validation?.loss.toFixed(4) ?? "–");
  say("speed", count(samples / seconds));
  say("seconds", allSeconds.toFixed(1));
}

export function clearNumbers() {
  for (const id of ["epoch", "train-loss", "test-loss", "speed", "seconds"]) say(id, "–");
  byId("progress").value = 0;
}

export function showAccuracy(accuracy) {
  say("accuracy", `${(100 * accuracy).toFixed(1)} %`);
}

export function showData({ train, test }, source) {
  say("data", `${source} ${count(train)} digits to train on, and ${count(test)} to test by.`);
}

/** Says where the model runs, and why not elsewhere. */
export function showDevice({ device, note }, gpu, chosen) {
  say("status", `Ready. Runs on ${device}.`);
  const why = { browser: NO_WEBGPU, adapter: NO_ADAPTER }[gpu] ?? note;
  say("notice", why ?? "");
  byId("notice").hidden = !why || chosen === "cpu";
}

const BROWSERS = "WebGPU works in Chrome and Edge from 113, in Firefox from 141 on Windows and 145 on Apple silicon, and in Safari from 26.";
const LINUX = "On Linux, Chrome needs chrome://flags/#enable-unsafe-webgpu and a Vulkan driver.";
const NO_WEBGPU = `This browser has no WebGPU, so the network trains on the processor. ${BROWSERS} ${LINUX}`;
const NO_ADAPTER = `WebGPU finds no GPU here, so the network trains on the processor. Switch on hardware acceleration in the browser's settings. ${LINUX} ${BROWSERS}`;
