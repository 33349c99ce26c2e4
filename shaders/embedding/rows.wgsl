// out[i] = table[ids[i]], one invocation an element; a row number beyond the table makes NaN.
// ids: rows · IDS; table: ROWS × COLS; out: (rows · IDS) × COLS, of the batch's rows.
@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

override IDS: u32;
override ROWS: u32;
override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i >= batch.rows * IDS * COLS {
        return;
    }
    let id = ids[i / COLS];
    if id < ROWS {
        out[i] = table[id * COLS + i % COLS];
    } else {
        out[i] = not_a_number(f32(id));
    }
}
