// Files: models that are saved and loaded, and digits in MNIST's format.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { choose, number, picture, settled, shownError, start, text, trainTo } from "./browser.mjs";
import { images, labels, withHead } from "./idx.mjs";

let folder;
let browser;
let page;
let assertClean;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgrad-"));
  browser = await start([]);
  ({ page, assertClean } = await browser.open({ downloads: folder }));
  await choose(page, "cpu");
});
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

/** Chooses files by a button. */
async function chooseFiles(button, files) {
  const paths = [];
  for (const [name, bytes] of Object.entries(files)) {
    paths.push(join(folder, name));
    await writeFile(paths.at(-1), bytes);
  }
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click(button)]);
  await chooser.accept(paths);
  await idle();
}

/** Drops files on the page. */
async function drop(files) {
  const given = Object.entries(files).map(([name, bytes]) => [name, bytes.toString("base64")]);
  await page.evaluate((files) => {
    const dataTransfer = new DataTransfer();
    for (const [name, text] of files) {
      dataTransfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
    }
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, given);
  await idle();
}

async function idle() {
  await new Promise((resolve) => setTimeout(resolve, 100));
  await settled(page);
}

async function saved() {
  const path = join(folder, "autoencoder.safetensors");
  await rm(path, { force: true });
  await page.click("#save");
  for (let tries = 0; tries < 100; tries++) {
    const bytes = await readFile(path).catch(() => null);
    if (bytes?.length) return bytes;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("nothing was saved");
}

test("a saved model loads again, and redraws digits the same", async () => {
  await trainTo(page, 5);
  const trained = await picture(page, "reconstructions");
  const bytes = await saved();
  assert.equal(bytes.subarray(8, 9).toString(), "{");
  for (const load of [(file) => chooseFiles("#load", file), drop]) {
    await page.click("#again");
    await idle();
    assert.notEqual(await picture(page, "reconstructions"), trained);
    await load({ "mine.safetensors": bytes });
    assert.equal(await shownError(page), "");
    assert.equal(await picture(page, "reconstructions"), trained);
  }
  await trainTo(page, 1);
  assertClean();
});

test("another device goes on with the same weights", async () => {
  await trainTo(page, 2);
  const trained = await picture(page, "reconstructions");
  await choose(page, "auto");
  assert.equal(await picture(page, "reconstructions"), trained);
  await choose(page, "cpu");
});

test("a model of the native program loads", { skip: !process.env.WGRAD_MODEL }, async () => {
  await chooseFiles("#load", { "native.safetensors": await readFile(process.env.WGRAD_MODEL) });
  assert.equal(await shownError(page), "");
  const loaded = await picture(page, "reconstructions");
  await trainTo(page, 1);
  assert.notEqual(await picture(page, "reconstructions"), loaded);
  await page.click("#again");
  await idle();
  assertClean();
});

test("models that do not fit say why, and leave the page's own", async () => {
  const bytes = await saved();
  const before = await picture(page, "reconstructions");
  const other = (from, to) => Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
  const wrong = {
    "broken.safetensors": [bytes.subarray(0, 1000), /1000|1,000|bytes|header/],
    "other.safetensors": [other("latent", "hidden"), /no layer named "latent".*dense_1, relu_1, hidden/],
    "empty.safetensors": [Buffer.alloc(0), /./],
  };
  for (const [name, [content, message]] of Object.entries(wrong)) {
    await drop({ [name]: content });
    assert.match(await shownError(page), message);
    assert.equal(await picture(page, "reconstructions"), before);
  }
  await trainTo(page, (await number(page, "epoch")) + 1 || 1);
  assert.equal(await shownError(page), "");
});

const train = () => ({ "a.bin": images(300), "b.bin": labels(300) });

test("digits in MNIST's format are taken, plain and gzipped, chosen and dropped", async () => {
  await chooseFiles("#mnist", train());
  assert.match(await text(page, "data"), /270 digits to train on, and 30/);
  await drop({ "x.gz": gzipSync(images(300)), y: gzipSync(labels(300)), "t10k-x": images(40), "t10k-y": labels(40) });
  assert.equal(await shownError(page), "");
  assert.match(await text(page, "data"), /300 digits to train on, and 40/);
  await trainTo(page, 1);
  const loss = await number(page, "test-loss");
  await trainTo(page, 20);
  assert.ok((await number(page, "test-loss")) < loss);
  await page.click("#drawn");
  await idle();
  assert.match(await text(page, "data"), /2,000/);
  assertClean();
});

test("at most as many images are taken as one chooses", async () => {
  await page.select("#most", "2000");
  await drop({ images: images(2500), labels: labels(2500), "test-images": images(20), "test-labels": labels(20) });
  assert.match(await text(page, "data"), /2,000 digits to train on, and 20/);
});

const broken = {
  "a short file": [{ "a.bin": images(300).subarray(0, 1000), "b.bin": labels(300) }, /a\.bin should have 235216 bytes.*but has 1000/],
  "another size": [{ "a.bin": withHead([0x803, 1, 32, 32], 1024), "b.bin": labels(1) }, /a\.bin has images of 32 × 32/],
  "another kind": [{ "a.bin": withHead([0x12345678, 1], 9) }, /a\.bin begins with 0x12345678.*0x00000803/],
  "an empty file": [{ "a.bin": Buffer.alloc(0) }, /a\.bin has 0 bytes/],
  "other counts": [{ "a.bin": images(30), "b.bin": labels(29) }, /a\.bin has 30 images.*b\.bin has 29/],
  "a wrong label": [{ "a.bin": images(2), "b.bin": withHead([0x801, 2], [1, 26]) }, /b\.bin has the label 26 at place 1/],
  "no labels": [{ "a.bin": images(2) }, /1 files of images and 0 of labels/],
  "half a gzip file": [{ "a.gz": gzipSync(images(30)).subarray(0, 60), "b.bin": labels(30) }, /a\.gz is no whole gzip file: its 60 bytes/],
};
for (const [name, [files, message]] of Object.entries(broken)) {
  test(`a message tells what is wrong: ${name}`, async () => {
    const before = await text(page, "data");
    await drop(files);
    assert.match(await shownError(page), message);
    assert.equal(await text(page, "data"), before);
  });
}
