// w -= rate · DECAY · w where mask is 1, one invocation for one parameter or four, as a file in at_once/ says.
// parameters, mask: LENGTH Numbers; factor: the optimizer's, of which a negative one means no update.
@group(0) @binding(0) var<storage, read_write> parameters: array<Numbers>;
@group(0) @binding(1) var<storage, read> mask: array<Numbers>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;

override LENGTH: u32;
override DECAY: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < LENGTH && factor[0] >= 0.0 {
        let w = parameters[i];
        parameters[i] = select(w, w - rate() * DECAY * w, mask[i] > Numbers());
    }
}
