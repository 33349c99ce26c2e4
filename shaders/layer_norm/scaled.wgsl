// The gradient of what was scaled. scale: 1 × COLS.
@group(0) @binding(3) var<storage, read> scale: array<f32>;

fn before(dy: f32, j: u32) -> f32 { return dy * scale[j]; }
