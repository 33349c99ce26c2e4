// dx = scale / √(variance + EPSILON) (dy - what all numbers of a channel have in common); in_common and shared_part come from batch_norm/of_batch
// or batch_norm/fixed. affine: a row of scales and one of shifts; dy, dx: pixels × CHANNELS.
@group(0) @binding(1) var<storage, read> affine: array<Numbers>;
@group(0) @binding(2) var<storage, read> dy: array<Kept>;
@group(0) @binding(3) var<storage, read_write> dx: array<Kept>;

fn work(c: u32, lane: u32, row: u32) {
    let known = statistics(c);
    let inverse_deviation = inverse(known.variance);
    let factor = affine[c] * inverse_deviation;
    let all = in_common(c, row, inverse_deviation);
    for (var pixel = lane; pixel < batch.rows * PIXELS; pixel += LANES) {
        let at = pixel * row + c;
        dx[at] = kept(factor * (numbers(dy[at]) - shared_part(all, at, known.mean)));
    }
}
