// Training, on each device.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, inWorkers, number, picture, settled, shownError, start, text, trainTo, WITH_GPU } from "./browser.mjs";

let browser;
before(async () => (browser = await start(WITH_GPU)));
after(() => browser.close());

for (const [device, name, epochs] of [["cpu", /cpu/, 5], ["gpu", /GPU.*WebGPU/, 3]]) {
  test(`on the ${device} the loss falls`, async () => {
    const { page, close, assertClean } = await browser.open();
    await choose(page, device);
    assert.match(await text(page, "status"), name);
    await trainTo(page, 1);
    const losses = await Promise.all(["train-loss", "test-loss"].map((id) => number(page, id)));
    await trainTo(page, epochs);
    const later = await Promise.all(["train-loss", "test-loss"].map((id) => number(page, id)));
    losses.forEach((loss, i) => assert.ok(later[i] > 0 && later[i] < loss, `${later[i]} after ${loss}`));
    assert.ok((await number(page, "seconds")) > 0);
    assert.match(await text(page, "accuracy"), /^\d+\.\d %$/);
    assertClean();
    await close();
  });
}

test("where a device can't be had, the training stays where it is", async () => {
  const lost = "Object.defineProperty(GPUAdapter.prototype, 'requestDevice', { value: async () => { throw new Error('lost'); } });";
  const { page, close } = await browser.open({ before: inWorkers(lost) });
  await choose(page, "cpu");
  await trainTo(page, 2);
  await choose(page, "gpu");
  assert.match(await shownError(page), /./);
  assert.equal(await page.$eval("#device", (select) => select.value), "cpu");
  await trainTo(page, 3);
  await close();
});

test("a pause lets nothing change, and training goes on where it was", async () => {
  const { page, close } = await browser.open();
  await choose(page, "cpu");
  await trainTo(page, 3);
  const [epoch, loss, rows] = [await number(page, "epoch"), await number(page, "train-loss"), await picture(page, "reconstructions")];
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.equal(await number(page, "epoch"), epoch);
  assert.equal(await picture(page, "reconstructions"), rows);
  await page.$eval("#epoch", (element) => {
    window.told = [];
    new MutationObserver(() => window.told.push(Number(element.textContent))).observe(element, { childList: true });
  });
  await trainTo(page, epoch + 1);
  assert.equal(await page.evaluate(() => window.told[0]), epoch + 1);
  assert.ok((await number(page, "train-loss")) < loss);
  assert.notEqual(await picture(page, "reconstructions"), rows);
  await close();
});

test("starting again takes new weights, and goes on training if it was", async () => {
  const { page, close } = await browser.open();
  await choose(page, "cpu");
  await trainTo(page, 5);
  const [loss, untrained] = [await number(page, "train-loss"), await picture(page, "map")];
  await page.click("#again");
  await page.waitForFunction(() => document.getElementById("epoch").textContent === "–");
  await settled(page);
  assert.notEqual(await picture(page, "map"), untrained);
  await trainTo(page, 1);
  assert.ok((await number(page, "train-loss")) > loss);
  await page.click("#train");
  await settled(page);
  await page.click("#again");
  await settled(page);
  assert.equal(await text(page, "train"), "Pause");
  await close();
});

test("the page never waits while a network trains", async (t) => {
  const { page, close } = await browser.open();
  await choose(page, "cpu");
  await page.tracing.start({ categories: ["toplevel", "blink.user_timing", "devtools.timeline"] });
  await page.evaluate(() => performance.mark("wgrad-test"));
  await page.click("#train");
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const { traceEvents } = JSON.parse(new TextDecoder().decode(await page.tracing.stop()));
  const { pid, tid } = traceEvents.find(({ name }) => name === "wgrad-test");
  const tasks = traceEvents.filter((event) => event.pid === pid && event.tid === tid && /RunTask$/.test(event.name));
  // The processor's time of a task, as this machine may do other things meanwhile.
  const longest = Math.max(...tasks.map(({ tdur }) => tdur ?? 0)) / 1000;
  t.diagnostic(`${tasks.length} tasks in 4 s of ${await number(page, "epoch")} epochs, the longest ${longest.toFixed(1)} ms`);
  assert.ok(tasks.length > 100, `${tasks.length} tasks`);
  assert.ok(longest < 25, `${longest} ms`);
  await close();
});
