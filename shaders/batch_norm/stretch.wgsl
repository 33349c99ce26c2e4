// An invocation for some channels of every LANES-th pixel, so that what is known of a channel is found once for many pixels; work comes
// from the file of the op.
override LANES: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let row = CHANNELS / AT_ONCE;
    if i < LANES * row {
        work(i % row, i / row, row);
    }
}
