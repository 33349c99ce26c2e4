// How the page loads and looks.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choose, picture, start, trainTo, WITH_GPU } from "./browser.mjs";

let browser;
before(async () => (browser = await start(WITH_GPU)));
after(() => browser.close());

const background = (page, id) => page.$eval(id, (element) => getComputedStyle(element).backgroundColor);

test("it loads without errors, requests nothing elsewhere, and names everything", async () => {
  const { page, close, assertClean } = await browser.open();
  assertClean();
  assert.match(await page.title(), /autoencoder/);
  const nameless = await page.evaluate(() => {
    const named = (element) => element.ariaLabel || element.labels?.length || element.textContent.trim();
    return [...document.querySelectorAll("button, input, canvas, progress, select")].filter((e) => !named(e)).map((e) => e.id);
  });
  assert.deepEqual(nameless, []);
  await close();
});

test("it shows its text before wgrad has loaded", async () => {
  const { page, close } = await browser.open({ before: "window.Worker = class { postMessage() {} }", path: "index.html" });
  assert.match(await page.$eval("#status", (element) => element.textContent), /Loading/);
  assert.ok(await page.$("#train:disabled"));
  await close();
});

test("where wgrad can't be loaded it says so", async () => {
  const blob = "new Blob(['throw new Error(\"no worker\")'], { type: 'text/javascript' })";
  const before = `const Old = Worker; window.Worker = class { constructor() { return new Old(URL.createObjectURL(${blob})); } }`;
  const { page, close } = await browser.open({ before, path: "index.html" });
  await page.waitForSelector("#error:not([hidden])");
  assert.match(await page.$eval("#error", (element) => element.textContent), /did not start.*no worker/);
  await close();
});

test("buttons work by keyboard", async () => {
  const { page, close, assertClean } = await browser.open();
  await page.focus("#example");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /^\d$/.test(document.getElementById("class").textContent));
  await page.focus("#clear");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.getElementById("class").textContent === "–");
  assertClean();
  await close();
});

test("dark mode has other colours, in canvases too", async () => {
  const seen = {};
  for (const scheme of ["light", "dark"]) {
    const { page, close } = await browser.open({ scheme });
    const ink = await page.$eval("#reconstructions", (canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height / 2);
      const at = data.findIndex((value, i) => i % 4 === 3 && value > 250);
      return [...data.slice(at - 3, at)].join();
    });
    seen[scheme] = [await background(page, "body"), await background(page, "#map"), ink];
    await close();
  }
  seen.light.forEach((colour, i) => assert.notEqual(colour, seen.dark[i]));
});

test("by touch one draws, and does not scroll", async () => {
  const { page, close, assertClean } = await browser.open({ width: 390 });
  const canvas = await page.$("#drawing");
  await canvas.scrollIntoView();
  const { x, y, width, height } = await canvas.boundingBox();
  const scrolled = await page.evaluate(() => scrollY);
  await page.touchscreen.touchStart(x + width / 2, y + height * 0.8);
  for (let step = 8; step >= 2; step--) await page.touchscreen.touchMove(x + width / 2, y + (height * step) / 10);
  await page.touchscreen.touchEnd();
  await page.waitForFunction(() => /^\d$/.test(document.getElementById("class").textContent));
  assert.equal(await page.evaluate(() => scrollY), scrolled);
  assertClean();
  await close();
});

test("where one prefers little motion, pictures change seldom", async () => {
  const changes = {};
  for (const motion of ["no-preference", "reduce"]) {
    const { page, close } = await browser.open({ motion });
    await choose(page, "cpu");
    await page.click("#train");
    const seen = new Set();
    for (const end = Date.now() + 3500; Date.now() < end; ) seen.add(await picture(page, "map"));
    changes[motion] = seen.size;
    await close();
  }
  assert.ok(changes.reduce <= 4 && changes["no-preference"] > changes.reduce, JSON.stringify(changes));
});

for (const width of [390, 1280]) {
  for (const scheme of ["light", "dark"]) {
    test(`at ${width} pixels in ${scheme} mode nothing scrolls sideways`, async () => {
      const { page, close, assertClean } = await browser.open({ width, scheme });
      await choose(page, "cpu");
      await trainTo(page, 20);
      await page.click("#example");
      await page.waitForFunction(() => /^\d$/.test(document.getElementById("class").textContent));
      const inner = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(inner <= width, `${inner} pixels wide`);
      const shots = process.env.WGRAD_SHOTS;
      if (shots) await mkdir(shots, { recursive: true });
      if (shots) await page.screenshot({ path: join(shots, `page-${width}-${scheme}.png`), fullPage: true });
      assertClean();
      await close();
    });
  }
}
