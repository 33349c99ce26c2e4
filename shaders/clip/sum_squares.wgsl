// Sums of squares over the elements p, p + PARTS, p + 2 PARTS, …, scaled before squaring so that neither small nor large ones
// are lost: sums[0, p] = Σ (UP x)², and sums[1, p] = Σ (DOWN x)² of those beyond ±LARGE; one invocation a part.
// x: LENGTH; sums: 2 × PARTS.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

override LENGTH: u32;
override PARTS: u32;
override UP: f32;
override DOWN: f32;
override LARGE: f32;

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
    var sum = vec2(0.0);
    for (var i = part; i < LENGTH; i += PARTS) {
        let scaled = vec2(UP * x[i], DOWN * select(x[i], 0.0, abs(x[i]) <= LARGE));
        sum += scaled * scaled;
    }
    sums[part] = sum.x;
    sums[PARTS + part] = sum.y;
}
