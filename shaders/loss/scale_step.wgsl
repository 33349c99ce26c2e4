// Adapts the loss scale by the first invocation: state is the scale and the good steps since it changed. factor is what
// gradients are multiplied by, or -1 where one of them is not finite. sums: PARTS, of their squares; state: 2; factor: 1.
@group(0) @binding(0) var<storage, read> sums: array<f32>;
@group(0) @binding(1) var<storage, read_write> state: array<f32>;
@group(0) @binding(2) var<storage, read_write> factor: array<f32>;

override PARTS: u32;
override LIMIT: f32;
override PATIENCE: f32;
override LEAST: f32;
override MOST: f32;

// By the bits: compilers may take it that no number is infinite.
fn is_finite(v: f32) -> bool { return (bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u; }

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    if number(group, groups, local) != 0u {
        return;
    }
    var squares = 0.0;
    for (var i = 0u; i < PARTS; i++) {
        squares += sums[i];
    }
    let scale = state[0];
    if !is_finite(squares) {
        factor[0] = -1.0;
        state[0] = max(scale / 2.0, LEAST);
        state[1] = 0.0;
        return;
    }
    let norm = sqrt(squares) / scale;
    factor[0] = select(1.0, LIMIT / norm, norm > LIMIT) / scale;
    let steps = state[1] + 1.0;
    let grown = steps >= PATIENCE;
    state[0] = select(scale, min(scale * 2.0, MOST), grown);
    state[1] = select(steps, 0.0, grown);
}
