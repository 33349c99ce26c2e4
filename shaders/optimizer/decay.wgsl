// w -= rate · DECAY · w where mask is 1, one invocation a parameter. parameters, mask: LENGTH.
@group(0) @binding(0) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> mask: array<f32>;

override LENGTH: u32;
override DECAY: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < LENGTH {
        parameters[i] -= batch.rate * DECAY * mask[i] * parameters[i];
    }
}
