// An optimizer's step: one invocation for one parameter or four, as a file in at_once/ says. advance comes from moments0,
// moments1 or moments2, and the rule that it applies from another file in optimizer/. parameters, gradients: LENGTH Numbers;
// factor: what gradients are multiplied by first; a negative one means no update.
@group(0) @binding(0) var<storage, read_write> parameters: array<Numbers>;
@group(0) @binding(1) var<storage, read> gradients: array<Numbers>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;

override LENGTH: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i >= LENGTH || factor[0] < 0.0 {
        return;
    }
    advance(i, gradients[i] * factor[0]);
}
