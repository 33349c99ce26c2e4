// Files in MNIST's format, made for tests.

/** Numbers of 32 bits, and bytes behind them: given, or so many zeros. */
export function withHead(numbers, bytes) {
  const head = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, i) => head.writeUInt32BE(number, 4 * i));
  return Buffer.concat([head, Buffer.from(Array.isArray(bytes) ? bytes : new Uint8Array(bytes))]);
}

/** Images of 28 × 28, with a bar whose place says the class. */
export function images(count) {
  const file = withHead([0x803, count, 28, 28], 784 * count);
  for (let i = 0; i < count; i++) {
    const row = 4 + 2 * (i % 10);
    file.fill(200 + (i % 50), 16 + 784 * i + 28 * row + 5, 16 + 784 * i + 28 * row + 20);
  }
  return file;
}

/** Their labels. */
export function labels(count) {
  return withHead([0x801, count], Array.from({ length: count }, (_, i) => i % 10));
}
