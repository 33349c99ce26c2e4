// Drawing a digit, and drawing from latents.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, picture, start, text, trainTo } from "./browser.mjs";

let browser;
let opened;
before(async () => {
  browser = await start([]);
  opened = await browser.open();
  await choose(opened.page, "cpu");
  await trainTo(opened.page, 30);
});
after(() => browser.close());

/** Draws a line through points, in parts of the canvas. */
async function draw(page, points) {
  const canvas = await page.$("#drawing");
  await canvas.scrollIntoView();
  const { x, y, width, height } = await canvas.boundingBox();
  const at = ([right, down]) => [x + right * width, y + down * height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => /^\d$/.test(document.getElementById("class").textContent));
  await new Promise((resolve) => setTimeout(resolve, 500));
}

/** How far up, down, left and right a small canvas has ink, and its centre of mass, in pixels of 28 × 28. */
const extent = (page) => page.$eval("#seen", (canvas) => {
  const [side, { data }] = [canvas.width, canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.width)];
  const inked = [...Array(side * side).keys()].filter((i) => data[4 * i + 3] > 30);
  const [xs, ys] = [inked.map((i) => i % side), inked.map((i) => Math.floor(i / side))];
  const sum = inked.reduce((all, i) => all + data[4 * i + 3], 0);
  const middle = (places) => (28 * inked.reduce((all, i, at) => all + data[4 * i + 3] * (places[at] + 0.5), 0)) / sum / side;
  const length = (places) => (28 * (Math.max(...places) - Math.min(...places) + 1)) / side;
  return { width: length(xs), height: length(ys), x: middle(xs), y: middle(ys) };
});

const circle = Array.from({ length: 25 }, (_, i) => [0.3 + 0.12 * Math.sin(i / 3.8), 0.35 - 0.2 * Math.cos(i / 3.8)]);

test("a drawn digit is centred, redrawn and told", async () => {
  const { page, assertClean } = opened;
  const blank = await picture(page, "redrawn");
  await draw(page, circle);
  const { width, height, x, y } = await extent(page);
  assert.ok(Math.abs(height - 20) <= 1.5 && width < height, `${width} × ${height}`);
  assert.ok(Math.abs(x - 14) < 0.7 && Math.abs(y - 14) < 0.7, `centre ${x}, ${y}`);
  assert.equal(await text(page, "class"), "0");
  const redrawn = await picture(page, "redrawn");
  assert.notEqual(redrawn, blank);
  await page.click("#clear");
  await page.waitForFunction(() => document.getElementById("class").textContent === "–");
  await draw(page, [[0.72, 0.2], [0.7, 0.8]]);
  assert.equal(await text(page, "class"), "1");
  assert.notEqual(await picture(page, "redrawn"), redrawn);
  assertClean();
});

test("two sliders move two latents", async () => {
  const { page, assertClean } = opened;
  const chosen = await page.$$eval("#sliders select", (selects) => selects.map(({ value }) => value));
  assert.notEqual(chosen[0], chosen[1]);
  const mean = await picture(page, "decoded");
  const seen = [mean];
  for (const at of [0, 1]) {
    await (await page.$$("#sliders input"))[at].focus();
    for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowRight");
    await new Promise((resolve) => setTimeout(resolve, 500));
    seen.push(await picture(page, "decoded"));
  }
  assert.equal(new Set(seen).size, 3);
  assert.deepEqual(await page.$$eval("#sliders input", (all) => all.map(({ value }) => value)), ["1", "1"]);
  await page.click("#centre");
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(await picture(page, "decoded"), mean);
  assertClean();
});
