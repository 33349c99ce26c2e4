// table[first + i] = rows[i], one invocation an element. rows: rows × COLS; table: samples × COLS.
@group(0) @binding(0) var<storage, read> rows: array<f32>;
@group(0) @binding(1) var<storage, read_write> table: array<f32>;

override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < live_rows() * COLS {
        table[batch.first * COLS + i] = rows[i];
    }
}
