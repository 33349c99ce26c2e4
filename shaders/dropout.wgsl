// y = x · mask / (1 - rate): an element is dropped if its random word is under THRESHOLD. The DRAWS words of a sample
// are for as many numbers of each of its places. x, y: rows × COLS.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override COLS: u32;
override DRAWS: u32;
override THRESHOLD: u32;
override SCALE: f32;

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
    let sample = batch.first + i / (PER_SAMPLE * COLS);
    y[i] = select(0.0, x[i] * SCALE, word(sample * DRAWS + i % DRAWS) >= THRESHOLD);
}
