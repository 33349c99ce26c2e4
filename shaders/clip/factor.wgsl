// factor = min(1, LIMIT / √Σ sums), by the first invocation. sums: PARTS; factor: 1.
@group(0) @binding(0) var<storage, read> sums: array<f32>;
@group(0) @binding(1) var<storage, read_write> factor: array<f32>;

override PARTS: u32;
override LIMIT: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    if number(group, groups, local) != 0u {
        return;
    }
    var sum = 0.0;
    for (var i = 0u; i < PARTS; i++) {
        sum += sums[i];
    }
    let norm = sqrt(sum);
    factor[0] = select(1.0, LIMIT / norm, norm > LIMIT);
}
