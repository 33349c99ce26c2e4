// dx = dy · slope(v), one invocation WIDTH elements; v is the activation's output, or its input where the slope needs that.
// product comes from activation/one or activation/four. v, dy, dx: rows × COLS.
@group(0) @binding(0) var<storage, read> v: array<Kept>;
@group(0) @binding(1) var<storage, read> dy: array<Kept>;
@group(0) @binding(2) var<storage, read_write> dx: array<Kept>;

override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i * WIDTH < live_rows() * COLS {
        dx[i] = product(dy[i], v[i]);
    }
}
