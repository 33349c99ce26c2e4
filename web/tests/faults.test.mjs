// What goes wrong on a device in a browser, and how it is told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WITH_GPU, start } from "./browser.mjs";

let browser;
before(async () => (browser = await start(WITH_GPU)));
after(() => browser.close());

/** Before the page: keeps the devices that it opens. */
const keepDevices = () => {
  const open = GPUAdapter.prototype.requestDevice;
  window.devices = [];
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await open.call(this, descriptor);
    window.devices.push(device);
    return device;
  };
};

/** In the page: makes a net with so many units, does something to its device, and trains; gives the error's text. */
async function fail(units, harm) {
  const wgrad = await import("./wgrad/wgrad.js");
  await wgrad.default();
  const layers = [{ name: "dense_1", kind: "dense", settings: { units, bias: true, init: "glorot_uniform" } }];
  const optimizer = { method: { name: "sgd" }, rate: 0.1, schedule: { name: "constant" } };
  const description = { version: 1, input: [64], layers, loss: "mean_squared_error", optimizer, seed: 0 };
  try {
    const model = await wgrad.Model.create(description, "gpu");
    const data = wgrad.Data.regression(new Float32Array(64 * 64), 64, new Float32Array(64 * units), units);
    await model.train(data, { epochs: 3, batch: 8 });
    await model.epoch();
    const device = window.devices.at(-1);
    if (harm === "lose") device.destroy();
    if (harm === "memory") {
      // As a device reports it that has no memory left.
      device.popErrorScope = async () => new GPUOutOfMemoryError("there is no memory left");
    }
    await model.epoch();
    return "nothing went wrong";
  } catch (error) {
    return error.message;
  }
}

async function told(...what) {
  const { page, close } = await browser.open({ path: "package.html", before: keepDevices });
  const message = await page.evaluate(fail, ...what);
  await close();
  return message;
}

test("a device that is lost is told as such", async () => {
  assert.match(await told(8, "lose"), /the device was lost: .*make a new one and go on from a checkpoint/);
});

test("memory that runs out is told with what was being done", async () => {
  assert.match(await told(8, "memory"), /ran out of memory while it had to .*use smaller batches/);
});

test("a limit that is exceeded is told with both numbers", async () => {
  assert.match(await told(40_000_000), /needs \d+ of the device's \d+ at max_/);
});

test("nothing goes wrong where nothing is done", async () => {
  assert.equal(await told(8), "nothing went wrong");
});
