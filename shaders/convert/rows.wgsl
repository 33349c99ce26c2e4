// y = x in another element, one invocation four elements; converted comes from convert/to_halves or convert/to_reals.
// x, y: ROWS × COLS, or the batch's rows × COLS where ROWS is 0.
@group(0) @binding(0) var<storage, read> x: array<From4>;
@group(0) @binding(1) var<storage, read_write> y: array<To4>;

override ROWS: u32;
override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < select(ROWS, live_rows(), ROWS == 0u) * COLS / 4u {
        y[i] = converted(x[i]);
    }
}
