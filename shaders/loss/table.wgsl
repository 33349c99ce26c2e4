// Puts the loss of a sample beside the batch's others, and in the table of all. losses: rows × 1; table: samples × 1.
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
const GRADIENT = 3u;
@group(0) @binding(4) var<storage, read_write> table: array<f32>;

fn put(row: u32, loss: f32) {
    losses[row] = loss;
    table[batch.first + row] = loss;
}
