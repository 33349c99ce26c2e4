// sums[p] = Σ x² over the elements p, p + PARTS, p + 2 PARTS, …; one invocation a sum. x: LENGTH; sums: PARTS.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

override LENGTH: u32;
override PARTS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let part = number(group, groups, local);
    if part >= PARTS {
        return;
    }
    var sum = 0.0;
    for (var i = part; i < LENGTH; i += PARTS) {
        sum += x[i] * x[i];
    }
    sums[part] = sum;
}
