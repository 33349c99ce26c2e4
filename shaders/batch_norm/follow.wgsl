// running = momentum · running + (1 - momentum) · the statistics of the batch, with the variance of a sample of its numbers, which
// divides by one less than they are. running: a row of means and one of variances; factor: the optimizer's, of which a negative one
// means that the step does not count.
@group(0) @binding(1) var<storage, read_write> running: array<Numbers>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;

// Of the numbers at c of the moments, and at i of running.
fn follow(c: u32, i: u32, momentum: f32) {
    let row = CHANNELS / AT_ONCE;
    let known = statistics(c);
    let count = f32(batch.rows * PIXELS);
    let variance = known.variance * (count / max(count - 1.0, 1.0));
    running[i] = momentum * running[i] + (1.0 - momentum) * known.mean;
    running[row + i] = momentum * running[row + i] + (1.0 - momentum) * variance;
}
