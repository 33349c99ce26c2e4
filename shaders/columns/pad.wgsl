// The columns of x from START on, and 0 in all others. x: rows × WIDTH; y: rows × COLS.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override WIDTH: u32;
override START: u32;
override COLS: u32;

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
    let col = i % COLS;
    var value = 0.0;
    if col >= START && col - START < WIDTH {
        value = x[i / COLS * WIDTH + col - START];
    }
    y[i] = value;
}
