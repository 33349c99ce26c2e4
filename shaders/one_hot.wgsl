// y[i, labels[i]] = 1 and 0 beside it, one invocation an element. labels: rows × 1; y: rows × COLS.
@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = number(group, groups, local);
    if at < live_rows() * COLS {
        y[at] = select(0.0, 1.0, at % COLS == labels[at / COLS]);
    }
}
