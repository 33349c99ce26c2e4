// Each sample's matrix turned around; one invocation a number of y. x: ROWS × COLS a sample; y: COLS × ROWS a sample.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override ROWS: u32;
override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let size = ROWS * COLS;
    if i < batch.rows * size {
        let at = i % size;
        y[i] = x[i - at + at % ROWS * COLS + at / ROWS];
    }
}
