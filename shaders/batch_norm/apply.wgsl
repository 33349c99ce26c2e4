// y = f((x - mean) / √(variance + EPSILON) scale + shift, with what is added); activated, prepare and with_added come from files of their own.
// affine: a row of scales and one of shifts; x, y: pixels × CHANNELS.
@group(0) @binding(1) var<storage, read> affine: array<Numbers>;
@group(0) @binding(2) var<storage, read> x: array<Kept>;
@group(0) @binding(3) var<storage, read_write> y: array<Kept>;

fn work(c: u32, lane: u32, row: u32) {
    prepare(c, row);
    let known = statistics(c);
    let factor = affine[c] * inverse(known.variance);
    let shift = affine[row + c];
    for (var pixel = lane; pixel < batch.rows * PIXELS; pixel += LANES) {
        let at = pixel * row + c;
        let z = (numbers(x[at]) - known.mean) * factor + shift;
        y[at] = kept(activated(with_added(z, at)));
    }
}
