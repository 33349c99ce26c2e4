// dx = y ⊙ (dy - Σ dy y) over each row, as y dy - y Σ dy y, where no difference overflows; one invocation a row. y, dy, dx: rows × COLS.
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

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
    var sum = 0.0;
    for (var j = 0u; j < COLS; j++) {
        sum += dy[start + j] * y[start + j];
    }
    for (var j = 0u; j < COLS; j++) {
        dx[start + j] = y[start + j] * dy[start + j] - y[start + j] * sum;
    }
}
