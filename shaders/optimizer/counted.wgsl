// The corrections of a rule's means, where steps may be skipped: 1 / (1 - βᵗ) by what loss/scale_step has counted.
// denominators: 3.
@group(0) @binding(5) var<storage, read> denominators: array<f32>;

fn corrections() -> vec3<f32> { return 1.0 / vec3(denominators[0], denominators[1], denominators[2]); }
