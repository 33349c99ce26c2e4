// Multiplies each column by a number and adds one. scale, shift: 1 × COLS.
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> shift: array<f32>;

fn finished(z: f32, j: u32) -> f32 { return z * scale[j] + shift[j]; }
