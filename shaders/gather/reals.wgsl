// A dataset of reals. source: samples × COLS.
@group(0) @binding(0) var<storage, read> source: array<f32>;

fn load(at: u32) -> f32 { return source[at]; }
