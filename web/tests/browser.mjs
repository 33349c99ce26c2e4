// A browser for the tests, and pages in it that fail a test by their errors.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "./server.mjs";

const WEB = fileURLToPath(new URL("..", import.meta.url));
const DIST = resolve(process.env.WGRAD_DIST ?? join(WEB, "dist"));
const { default: puppeteer } = createRequire(join(WEB, "target/node/package.json"))("puppeteer-core");

/** Of a GPU in software. */
export const WITH_GPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader", "--disable-gpu-watchdog"];

/** Starts a browser and a server. */
export async function start(flags) {
  const server = await serve(DIST);
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", ...flags],
    protocolTimeout: 600_000,
  });
  const close = () => browser.close().finally(server.close);
  return { open: (options) => open(browser, server.address, options), close };
}

/** Opens the page and waits until it is ready. */
async function open(browser, address, { path = "", before, width = 1280, scheme = "light", motion = "no-preference", downloads } = {}) {
  const downloadBehavior = { policy: downloads ? "allow" : "deny", downloadPath: downloads };
  const context = await browser.createBrowserContext({ downloadBehavior });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("request", (request) => /^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(request.url()) || wrong.push(request.url()));
  await page.setViewport({ width, height: 900, hasTouch: width < 500 });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: motion },
  ]);
  if (before) await page.evaluateOnNewDocument(before);
  await page.goto(address + path);
  if (!path) await settled(page);
  const close = () => context.close();
  return { page, wrong, close, assertClean: () => assert.deepEqual(wrong, []) };
}

/** Waits until the page has done what it was asked, and painted it. */
export async function settled(page) {
  await page.waitForSelector('body[aria-busy="false"]', { timeout: 90_000 });
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
}

/** Chooses a device. */
export async function choose(page, device) {
  await page.select("#device", device);
  await settled(page);
}

/** Trains until an epoch is done, and pauses. */
export async function trainTo(page, epoch) {
  await page.click("#train");
  await page.waitForFunction(
    (to) => document.getElementById("train").textContent === "Pause" && document.getElementById("epoch").textContent >= to,
    { timeout: 90_000 },
    epoch,
  );
  await page.click("#train");
  await settled(page);
}

export const text = (page, id) => page.$eval(`#${id}`, (element) => element.textContent);
export const number = async (page, id) => Number(await text(page, id));

/** What a canvas shows, in short. */
export async function picture(page, id) {
  const data = await page.$eval(`#${id}`, (canvas) => canvas.toDataURL());
  return createHash("sha256").update(data).digest("hex");
}

/** The error that the page shows; nothing where it shows none. */
export const shownError = (page) => page.$eval("#error", (box) => (box.hidden ? "" : box.textContent));

/** Code for a page before it loads, which has its workers run code first: they have a navigator of their own. */
export const inWorkers = (code) => `
  const Old = Worker;
  window.Worker = class {
    constructor(address, options) {
      const code = ${JSON.stringify(code)} + "\\nconst early = []; onmessage = (m) => early.push(m);" +
        "import('" + address + "').then(() => early.forEach((m) => onmessage(m)));";
      return new Old(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), options);
    }
  };`;
