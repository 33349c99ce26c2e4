// Brings each gradient where factor times it is from -LIMIT to LIMIT, one invocation for one gradient or four, as a file in at_once/
// says. numbers_or_nan comes from at_once/or_nan. gradients: LENGTH Numbers; factor: the optimizer's, of which a negative one means
// no update.
@group(0) @binding(0) var<storage, read_write> gradients: array<Numbers>;
@group(0) @binding(1) var<storage, read> factor: array<f32>;

override LENGTH: u32;
override LIMIT: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < LENGTH && factor[0] >= 0.0 {
        let limit = LIMIT / factor[0];
        let g = gradients[i];
        gradients[i] = numbers_or_nan(clamp(g, Numbers(-limit), Numbers(limit)), g);
    }
}
