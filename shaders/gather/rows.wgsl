// out[i] = SCALE · source[indices[first + i]], one invocation WIDTH elements, which item, from gather/one or
// gather/four, takes from the source; load and load4 come from gather/bytes or gather/reals. gather_labels comes from gather/alone or
// gather/labels.
// indices: one row number for each sample of the epoch; out: rows × COLS.
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<Kept>;

override COLS: u32;
override SCALE: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let at = i * WIDTH;
    if at < live_rows() * COLS {
        out[i] = item(indices[batch.first + at / COLS] * COLS + at % COLS);
    }
    gather_labels(i);
}
