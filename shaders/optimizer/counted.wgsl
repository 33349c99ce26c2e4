// The bias corrections of Adam's two means, where steps may be skipped: 1 / (1 - βᵗ) by what loss/scale_step has counted.
// denominators: 2.
@group(0) @binding(5) var<storage, read> denominators: array<f32>;

fn corrections() -> vec2<f32> { return 1.0 / vec2(denominators[0], denominators[1]); }
