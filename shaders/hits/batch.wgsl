// Puts the hit of a sample beside the batch's others. hits: rows × 1.
@group(0) @binding(2) var<storage, read_write> hits: array<f32>;

fn put(row: u32, hit: f32) { hits[row] = hit; }
