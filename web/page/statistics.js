// Numbers about rows of latents.

/** The share of guesses that are right. */
export function accuracyOf(guesses, labels) {
  return guesses.reduce((right, guess, i) => right + (guess === labels[i]), 0) / labels.length;
}

/** The mean and the standard deviation of each column. */
export function spread(rows, width) {
  const count = rows.length / width;
  const means = new Float32Array(width);
  const deviations = new Float32Array(width);
  rows.forEach((value, i) => (means[i % width] += value / count));
  rows.forEach((value, i) => (deviations[i % width] += (value - means[i % width]) ** 2 / count));
  return { means, deviations: deviations.map(Math.sqrt) };
}

let before = [];

/** Where rows lie on the plane of their two principal components. */
export function plane(rows, width) {
  const { means } = spread(rows, width);
  const centred = rows.map((value, i) => value - means[i % width]);
  let matrix = covariance(centred, width);
  const axes = [0, 1].map((at) => {
    const axis = principal(matrix, width, before[at]);
    matrix = without(matrix, axis, width);
    return axis;
  });
  before = axes;
  return project(centred, axes, width);
}

function covariance(rows, width) {
  const matrix = new Float64Array(width * width);
  for (let row = 0; row < rows.length; row += width) {
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) matrix[i * width + j] += rows[row + i] * rows[row + j];
    }
  }
  return matrix;
}

/** The axis of greatest variance, by power iteration. It begins at the axis of the last map, so that the map does not flip. */
function principal(matrix, width, start) {
  let axis = start?.length === width ? start : Float64Array.from({ length: width }, (_, i) => 1 + i / width);
  for (let step = 0; step < 50; step++) {
    axis = unit(times(matrix, axis, width)) ?? axis;
  }
  return axis;
}

function times(matrix, vector, width) {
  return vector.map((_, i) => vector.reduce((sum, value, j) => sum + matrix[i * width + j] * value, 0));
}

function unit(vector) {
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((value) => value / length) : null;
}

/** The matrix less its part along an axis. */
function without(matrix, axis, width) {
  const along = times(matrix, axis, width).reduce((sum, value, i) => sum + value * axis[i], 0);
  return matrix.map((value, at) => value - along * axis[Math.floor(at / width)] * axis[at % width]);
}

function project(rows, axes, width) {
  const points = new Float32Array((2 * rows.length) / width);
  for (let row = 0; row * width < rows.length; row++) {
    axes.forEach((axis, at) => axis.forEach((value, i) => (points[2 * row + at] += value * rows[row * width + i])));
  }
  return points;
}
