// Keeps the gradient of a row's loss, times seed, which comes from a file in loss/seed/. gradient: rows × CLASSES.
@group(0) @binding(GRADIENT) var<storage, read_write> gradient: array<f32>;

fn keep(row: u32, at: u32, slope: f32) { gradient[at] = slope * seed(row, 1.0); }
