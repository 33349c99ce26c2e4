// y = FACTOR · x, with each number of x for the COUNT of a strip; one invocation a number of y. strips comes from reduce/strips, sloped
// from reduce/slope or reduce/no_slope.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override FACTOR: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < strips() * COUNT {
        y[i] = sloped(i, FACTOR * x[i / (COUNT * INNER) * INNER + i % INNER]);
    }
}
