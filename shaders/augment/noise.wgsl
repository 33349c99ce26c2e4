// y = x + STD · n, with a number n of the standard normal distribution for each element (Box and Muller). x, y: rows × COLS.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override COLS: u32;
override STD: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i >= live_rows() * COLS {
        return;
    }
    let which = 2u * (batch.first * PER_SAMPLE * COLS + i);
    // The logarithm is of unit + 2^-24, more than 0 and at most 1.
    let radius = sqrt(-2.0 * ln_1p(unit(which) - 0.99999994));
    y[i] = x[i] + STD * radius * cosine(unit(which + 1u) - 0.5);
}
