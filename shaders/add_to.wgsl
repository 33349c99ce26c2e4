// sum += part, one invocation for one element or four, as a file in at_once/ says. sum, part: ROWS × COLS Numbers, or the
// batch's rows × COLS where ROWS is 0.
@group(0) @binding(0) var<storage, read_write> sum: array<Numbers>;
@group(0) @binding(1) var<storage, read> part: array<Numbers>;

override ROWS: u32;
override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < select(ROWS, live_rows(), ROWS == 0u) * COLS {
        sum[i] += part[i];
    }
}
