// running = MOMENTUM · running + (1 - MOMENTUM) · the statistics of the batch, with the variance of a sample of its numbers, which
// divides by one less than they are. running: a row of means and one of variances; factor: the optimizer's, of which a negative one
// means that the step does not count.
@group(0) @binding(1) var<storage, read_write> running: array<Numbers>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;

override MOMENTUM: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let c = number(group, groups, local);
    let row = CHANNELS / AT_ONCE;
    if c < row && factor[0] >= 0.0 {
        let known = statistics(c);
        let count = f32(batch.rows * PIXELS);
        let variance = known.variance * (count / max(count - 1.0, 1.0));
        running[c] = MOMENTUM * running[c] + (1.0 - MOMENTUM) * known.mean;
        running[row + c] = MOMENTUM * running[row + c] + (1.0 - MOMENTUM) * variance;
    }
}
