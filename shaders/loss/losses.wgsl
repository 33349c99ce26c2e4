// Puts the loss of a sample beside the batch's others. losses: rows × 1.
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
const GRADIENT = 3u;

fn put(row: u32, loss: f32) { losses[row] = loss; }
