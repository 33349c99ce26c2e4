// factor = min(1, LIMIT / norm), by the first invocation, or NaN where the norm is not finite. clipped comes from clip/norm.
// factor: 1.
@group(0) @binding(1) var<storage, read_write> factor: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    if number(group, groups, local) != 0u {
        return;
    }
    let clipped = clipped(1.0);
    let not_a_number = bitcast<f32>(bitcast<u32>(clipped.norm) | 0x00400000u);
    factor[0] = select(not_a_number, clipped.factor, is_finite(clipped.norm));
}
