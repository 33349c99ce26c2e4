// gradient = seed(), which comes from seed/scaled or seed/unscaled. gradient: rows × 1.
@group(0) @binding(0) var<storage, read_write> gradient: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < live_rows() {
        gradient[i] = seed();
    }
}
