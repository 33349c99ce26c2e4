// What the derivative of a row's loss is multiplied by: a number for each row. seeds: rows × 1.
@group(0) @binding(GRADIENT + 1u) var<storage, read> seeds: array<f32>;

fn seed(row: u32, n: f32) -> f32 { return seeds[row] / n; }
