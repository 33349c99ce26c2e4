// The example page of the package.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, text, WITH_GPU } from "./browser.mjs";

let browser;
before(async () => (browser = await start(WITH_GPU)));
after(() => browser.close());

test("the example learns XOR, and shows its code", async () => {
  const { page, close, assertClean } = await browser.open({ path: "package.html", width: 390 });
  await page.waitForFunction(() => !document.getElementById("result").textContent.startsWith("Loading"), { timeout: 60_000 });
  const outputs = [...(await text(page, "result")).matchAll(/xor . = (\S+)/g)].map(([, output]) => Math.round(Number(output)));
  assert.deepEqual(outputs, [0, 1, 1, 0]);
  assert.match(await text(page, "code"), /Data\.regression/);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  assertClean();
  await close();
});

test("it shows what goes wrong", async () => {
  const before = "window.fetch = () => Promise.reject(new Error('no network'))";
  const { page, close } = await browser.open({ path: "package.html", before });
  await page.waitForFunction(() => document.getElementById("result").textContent === "no network");
  await close();
});
