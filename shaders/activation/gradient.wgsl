// dx = dy · slope(v), element by element; v is the activation's output, or its input where the slope needs that.
// v, dy, dx: rows × COLS.
@group(0) @binding(0) var<storage, read> v: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < batch.rows * COLS {
        dx[i] = dy[i] * slope(v[i]);
    }
}
