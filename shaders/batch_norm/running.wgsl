// The running statistics of a norm.
override MOMENTUM: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let c = number(group, groups, local);
    if c < CHANNELS / AT_ONCE && factor[0] >= 0.0 {
        follow(c, c, MOMENTUM);
    }
}
