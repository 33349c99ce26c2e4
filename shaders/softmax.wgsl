// y = exp(x - max x) / Σ exp(x - max x) over each row, one invocation a row. x, y: rows × COLS.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = number(group, groups, local);
    if row >= live_rows() {
        return;
    }
    let start = row * COLS;
    var top = x[start];
    for (var j = 1u; j < COLS; j++) {
        top = max(top, x[start + j]);
    }
    var sum = 0.0;
    for (var j = 0u; j < COLS; j++) {
        let below = x[start + j] - top;
        let e = or_nan(exp(below), below);
        y[start + j] = e;
        sum += e;
    }
    for (var j = 0u; j < COLS; j++) {
        y[start + j] /= sum;
    }
}
