// out[i] = SCALE · source[indices[first + i]], one invocation an element; load comes from gather/bytes or gather/reals.
// indices: one row number for each sample of the epoch; out: rows × COLS.
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

override COLS: u32;
override SCALE: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < batch.rows * COLS {
        out[i] = load(indices[batch.first + i / COLS] * COLS + i % COLS) * SCALE;
    }
}
