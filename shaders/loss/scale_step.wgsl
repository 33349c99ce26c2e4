// Adapts the loss scale by the first invocation: state is the scale and the good steps since it changed. factor is what
// gradients are multiplied by, or -1 where one of them is not finite. denominators, 1 - βᵗ for the optimizer's three β, count the
// steps that are not skipped. The third is 1 for all optimizers except NAdam, whose first β it moves from half its value to
// the whole. clipped comes from clip/norm. state: 2; factor: 1; denominators: 3.
@group(0) @binding(1) var<storage, read_write> state: array<f32>;
@group(0) @binding(2) var<storage, read_write> factor: array<f32>;
@group(0) @binding(3) var<storage, read_write> denominators: array<f32>;

override PATIENCE: f32;
override LEAST: f32;
override MOST: f32;
override BETA1: f32;
override BETA2: f32;
override BETA3: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    if number(group, groups, local) != 0u {
        return;
    }
    let scale = state[0];
    let clipped = clipped(scale);
    if !is_finite(clipped.norm) {
        factor[0] = -1.0;
        state[0] = max(scale / 2.0, LEAST);
        state[1] = 0.0;
        return;
    }
    factor[0] = clipped.factor;
    let third = denominators[2] * BETA3 + (1.0 - BETA3);
    let beta1 = BETA1 * (0.5 + 0.5 * third);
    denominators[2] = third;
    denominators[0] = denominators[0] * beta1 + (1.0 - beta1);
    denominators[1] = denominators[1] * BETA2 + (1.0 - BETA2);
    let steps = state[1] + 1.0;
    let grown = steps >= PATIENCE;
    state[0] = select(scale, min(scale * 2.0, MOST), grown);
    state[1] = select(steps, 0.0, grown);
}
