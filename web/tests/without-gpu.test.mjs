// The page in browsers without WebGPU, or without a GPU.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inWorkers, number, start, text, trainTo } from "./browser.mjs";

let browser;
before(async () => (browser = await start(["--disable-gpu", "--disable-features=WebGPU"])));
after(() => browser.close());

const cases = {
  "no WebGPU": ["Object.defineProperty(navigator, 'gpu', { value: undefined });", /has no WebGPU.*Chrome and Edge from 113.*Firefox.*Safari/],
  "no adapter": ["Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => null } });", /finds no GPU/],
};
for (const [name, [code, advice]] of Object.entries(cases)) {
  test(`with ${name} it says so, and trains on the processor`, async () => {
    const { page, close, assertClean } = await browser.open({ before: inWorkers(code) });
    assert.match(await page.$eval("#notice:not([hidden])", (element) => element.textContent), advice);
    assert.match(await text(page, "status"), /cpu/);
    assert.ok(await page.$('#device option[value="gpu"]:disabled'));
    await trainTo(page, 1);
    const loss = await number(page, "test-loss");
    await trainTo(page, 4);
    assert.ok((await number(page, "test-loss")) < loss);
    assertClean();
    await close();
  });
}

test("as the browser is, it trains on the processor", async () => {
  const { page, close, assertClean } = await browser.open();
  assert.ok(await page.$("#notice:not([hidden])"));
  await trainTo(page, 1);
  assertClean();
  await close();
});
