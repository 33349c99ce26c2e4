// y = activation(x), one invocation WIDTH elements; value comes from activation/one or activation/four. x, y: rows × COLS.
@group(0) @binding(0) var<storage, read> x: array<Kept>;
@group(0) @binding(1) var<storage, read_write> y: array<Kept>;

override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i * WIDTH < live_rows() * COLS {
        y[i] = value(x[i]);
    }
}
