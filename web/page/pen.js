// A canvas to draw a digit on, and the digit as MNIST would have it.
import { colour, painted, paintDigit } from "./canvas.js";

const SIDE = 28;
const BOX = 20;
const STROKE = 2.4;
// Of the canvas's side: a dot should not fill the box.
const SMALLEST = 0.2;

/** Makes a canvas draw; `drawn` gets the digit's pixels after each move, and nothing when it's empty. */
export function penOn(canvas, drawn) {
  let strokes = [];
  let copied = null;
  const repaint = painted(canvas, ({ pen, width }) => {
    if (copied) paintDigit(pen, copied, 0, 0, width);
    else paintStrokes(pen, strokes, (value) => value * width, width / 16, colour("ink"));
  });
  const set = (pixels, nowStrokes) => {
    [copied, strokes] = [pixels, nowStrokes];
    repaint();
    drawn(copied ?? (strokes.length ? centred(strokes) : null));
  };
  follow(canvas, (point, first) => {
    if (first) strokes.push([]);
    strokes.at(-1).push(point);
    set(null, strokes);
  }, () => copied && set(null, []));
  return { clear: () => set(null, []), copy: (pixels) => set(pixels, []) };
}

/** Follows mouse, pen or finger over a canvas, whose side counts as 1. */
function follow(canvas, moved, begun) {
  const points = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const all = event.getCoalescedEvents?.() ?? [];
    return (all.length ? all : [event]).map((at) => [(at.clientX - left) / width, (at.clientY - top) / height]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    begun();
    moved(points(event)[0], true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    points(event).forEach((point) => moved(point, false));
  });
}

/** The digit in a box of 20 × 20, with its centre of mass in the middle of 28 × 28. */
function centred(strokes) {
  const points = strokes.flat();
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const size = Math.max(Math.max(...xs) - left, Math.max(...ys) - top, SMALLEST);
  const scale = (BOX - STROKE) / size;
  const at = (dx, dy) => pixelsOf(strokes, scale, dx - left * scale, dy - top * scale);
  const [x, y] = centreOfMass(at(STROKE, STROKE));
  return at(STROKE + SIDE / 2 - x, STROKE + SIDE / 2 - y);
}

function pixelsOf(strokes, scale, dx, dy) {
  const pen = new OffscreenCanvas(SIDE, SIDE).getContext("2d", { willReadFrequently: true });
  pen.translate(dx, dy);
  paintStrokes(pen, strokes, (value) => value * scale, STROKE, "black");
  const { data } = pen.getImageData(0, 0, SIDE, SIDE);
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3] / 255);
}

function centreOfMass(pixels) {
  let [sum, x, y] = [0, 0, 0];
  pixels.forEach((value, i) => {
    sum += value;
    x += value * ((i % SIDE) + 0.5);
    y += value * (Math.floor(i / SIDE) + 0.5);
  });
  return [x / sum, y / sum];
}

function paintStrokes(pen, strokes, scaled, width, ink) {
  pen.strokeStyle = ink;
  pen.lineWidth = width;
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of strokes) {
    pen.beginPath();
    // A line to its own start makes a dot of a single point.
    for (const [x, y] of [stroke[0], ...stroke]) pen.lineTo(scaled(x), scaled(y));
    pen.stroke();
  }
}
