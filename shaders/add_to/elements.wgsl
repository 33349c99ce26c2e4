// sum += part, one invocation WIDTH elements; plus comes from add_to/one or add_to/four. sum, part: ROWS × COLS, or the batch's
// rows × COLS where ROWS is 0.
@group(0) @binding(0) var<storage, read_write> sum: array<Kept>;
@group(0) @binding(1) var<storage, read> part: array<Kept>;

override ROWS: u32;
override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i * WIDTH < select(ROWS, live_rows(), ROWS == 0u) * COLS {
        sum[i] = plus(sum[i], part[i]);
    }
}
