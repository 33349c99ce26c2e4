// Reads images and labels in MNIST's format, IDX: gzipped or not, under any names.
import { PIXELS } from "./net.js";

const IMAGES = 0x00000803;
const LABELS = 0x00000801;
const TEST = /t10k|test/i;
const MOST_TEST = 2000;

/** The sets to train on and to test by: at most so many images, of which a part is kept for tests where no files are given for them. */
export async function readIdx(files, most) {
  const read = await Promise.all(files.map(parse));
  const pairs = paired(read.filter(({ kind }) => kind === IMAGES), read.filter(({ kind }) => kind === LABELS));
  pairs.sort((a, b) => TEST.test(a.name) - TEST.test(b.name) || b.count - a.count);
  const [train, test] = pairs;
  if (test) return { train: part(train, 0, most), test: part(test, 0, MOST_TEST) };
  const used = Math.min(most, train.count);
  const kept = Math.ceil(used / 10);
  if (used < 2) throw new Error(`${train.name} has ${train.count} image; training and testing need two at least.`);
  return { train: part(train, 0, used - kept), test: part(train, used - kept, used) };
}

async function parse(file) {
  const bytes = await unzipped(file);
  if (bytes.length < 8) throw new Error(`${file.name} has ${bytes.length} bytes; the head of an IDX file alone has 8 or more.`);
  const head = new DataView(bytes.buffer);
  const kind = head.getUint32(0);
  const count = head.getUint32(4);
  if (kind === IMAGES) return images(file.name, bytes, count);
  if (kind === LABELS) return labels(file.name, bytes, count);
  const hex = kind.toString(16).padStart(8, "0");
  throw new Error(`${file.name} begins with 0x${hex}; IDX files begin with 0x00000803 for images and 0x00000801 for labels.`);
}

async function unzipped(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new Error(`${file.name} is no whole gzip file: its ${bytes.length} bytes can't be unpacked.`);
  }
}

function images(name, bytes, count) {
  const sides = bytes.length < 16 ? [] : [8, 12].map((at) => new DataView(bytes.buffer).getUint32(at));
  if (sides.join() !== "28,28") throw new Error(`${name} has images of ${sides.join(" × ") || "no"} pixels; this page takes 28 × 28.`);
  return { kind: IMAGES, name, count, values: body(name, bytes, 16, count * PIXELS, `${count} images of 28 × 28 pixels`) };
}

function labels(name, bytes, count) {
  const values = body(name, bytes, 8, count, `${count} labels`);
  const wrong = values.findIndex((value) => value > 9);
  if (wrong >= 0) throw new Error(`${name} has the label ${values[wrong]} at place ${wrong}; this page knows 0 to 9.`);
  return { kind: LABELS, name, count, values };
}

function body(name, bytes, head, length, what) {
  if (bytes.length === head + length) return bytes.subarray(head);
  throw new Error(`${name} should have ${head + length} bytes for ${what}, but has ${bytes.length}.`);
}

/** Images with the labels that are as many; of several such, with those of the same purpose. */
function paired(images, labels) {
  if (!images.length || !labels.length) {
    throw new Error(`Give images and labels together: there are ${images.length} files of images and ${labels.length} of labels.`);
  }
  const counts = labels.map(({ name, count }) => `${name} has ${count}`).join(", ");
  return images.map((image) => {
    const equal = labels.filter(({ count }) => count === image.count);
    const label = equal.find(({ name }) => TEST.test(name) === TEST.test(image.name)) ?? equal[0];
    if (!label) throw new Error(`${image.name} has ${image.count} images, but no file has as many labels: ${counts}.`);
    labels = labels.filter((other) => other !== label);
    return { name: image.name, count: image.count, pixels: image.values, labels: Uint32Array.from(label.values) };
  });
}

function part({ pixels, labels }, from, to) {
  return { pixels: pixels.slice(from * PIXELS, to * PIXELS), labels: labels.slice(from, to) };
}
