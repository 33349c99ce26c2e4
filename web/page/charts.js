// The loss curve, the rows of digits and the map of latents.
import { colour, painted, paintDigit } from "./canvas.js";
import { PIXELS } from "./net.js";

/** The curve of losses: gives what adds an epoch, and what empties it. */
export function lossCurve(canvas) {
  let epochs = [];
  const repaint = painted(canvas, (area) => paintCurve(area, epochs));
  return {
    add(epoch) {
      epochs.push(epoch);
      canvas.setAttribute("aria-label", `Loss of ${epochs.length} epochs; the last is ${epoch.training.toPrecision(3)}`);
      repaint();
    },
    clear() {
      epochs = [];
      repaint();
    },
  };
}

const LEFT = 52;
const BELOW = 22;

function paintCurve({ pen, width, height }, epochs) {
  if (!epochs.length) return;
  const losses = epochs.flatMap(({ training, test }) => [training, test]).filter(Number.isFinite);
  const [low, high] = [Math.log10(Math.min(...losses)) - 0.05, Math.log10(Math.max(...losses)) + 0.05];
  const x = (at) => LEFT + ((width - LEFT - 8) * at) / Math.max(1, epochs.length - 1);
  const y = (loss) => 8 + ((height - BELOW - 8) * (high - Math.log10(loss))) / (high - low);
  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.fillStyle = colour("soft");
  for (const tick of ticks(low, high)) {
    pen.fillText(tick.toPrecision(1), 4, y(tick));
    line(pen, [[LEFT, y(tick)], [width, y(tick)]], colour("line"), 1);
  }
  pen.fillText("epoch 1", LEFT, height - 8);
  if (epochs.length > 1) {
    pen.textAlign = "right";
    pen.fillText(epochs.length, width - 4, height - 8);
  }
  for (const [name, colourName, dash] of [["training", "accent", []], ["test", "second", [6, 4]]]) {
    pen.setLineDash(dash);
    const points = epochs.map((epoch, i) => [x(i), y(epoch[name])]).filter(([, at]) => Number.isFinite(at));
    line(pen, points, colour(colourName), 2);
  }
}

/** Round numbers on a scale of powers of ten: more of them where the scale is short. */
function ticks(low, high) {
  const digits = high - low < 0.6 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 5];
  const all = [];
  for (let power = Math.floor(low); power <= high; power++) {
    all.push(...digits.map((digit) => digit * 10 ** power));
  }
  return all.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high);
}

function line(pen, points, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
}

/** Rows of digits, one under the other: gives what sets them. */
export function digitRows(canvas) {
  let rows = [];
  const repaint = painted(canvas, ({ pen, width, height }) => {
    const size = width / 10;
    rows.forEach((row, down) => {
      for (let i = 0; i < 10; i++) {
        paintDigit(pen, row.subarray(PIXELS * i, PIXELS * (i + 1)), i * size + 1, down * (height - size), size - 2);
      }
    });
  });
  return (now) => {
    rows = now;
    repaint();
  };
}

/** The map of latents: gives what sets its points and their digits. */
export function latentMap(canvas, legend) {
  for (let digit = 0; digit < 10; digit++) legend.append(legendEntry(digit));
  let [points, labels] = [[], []];
  const repaint = painted(canvas, (area) => paintMap(area, points, labels));
  return (nowPoints, nowLabels) => {
    [points, labels] = [nowPoints, nowLabels];
    repaint();
  };
}

function legendEntry(digit) {
  const entry = document.createElement("li");
  const dot = document.createElement("span");
  dot.className = "dot";
  dot.style.background = `var(--d${digit})`;
  entry.append(dot, digit);
  return entry;
}

const MARGIN = 10;

function paintMap({ pen, width, height }, points, labels) {
  const [x, y] = [fitted(points, 0, width), fitted(points, 1, height)];
  const place = (i) => [x(points[2 * i]), y(points[2 * i + 1])];
  const colours = Array.from({ length: 10 }, (_, digit) => colour(`d${digit}`));
  pen.globalAlpha = 0.8;
  labels.forEach((digit, i) => {
    pen.fillStyle = colours[digit];
    pen.beginPath();
    pen.arc(...place(i), 3, 0, 2 * Math.PI);
    pen.fill();
  });
  pen.globalAlpha = 1;
  colours.forEach((_, digit) => paintName(pen, digit, [...labels.keys()].filter((i) => labels[i] === digit).map(place)));
}

/** Makes a coordinate of points fill a length, but for a margin. */
function fitted(points, axis, length) {
  const values = points.filter((_, i) => i % 2 === axis);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (value) => MARGIN + ((length - 2 * MARGIN) * (value - low)) / (high - low || 1);
}

/** Writes a digit in the middle of its points, for eyes that don't tell the colours apart. */
function paintName(pen, digit, places) {
  if (!places.length) return;
  const [x, y] = [0, 1].map((axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length);
  pen.font = "bold 18px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeStyle = colour("paper");
  pen.strokeText(digit, x, y);
  pen.fillStyle = colour("ink");
  pen.fillText(digit, x, y);
}
