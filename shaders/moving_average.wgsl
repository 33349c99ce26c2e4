// average = MOMENTUM · average + (1 - MOMENTUM) · value, one invocation a number. average, value: LENGTH; factor: the optimizer's,
// of which a negative one means that the step does not count.
@group(0) @binding(0) var<storage, read_write> average: array<f32>;
@group(0) @binding(1) var<storage, read> value: array<f32>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;

override LENGTH: u32;
override MOMENTUM: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < LENGTH && factor[0] >= 0.0 {
        average[i] = MOMENTUM * average[i] + (1.0 - MOMENTUM) * value[i];
    }
}
