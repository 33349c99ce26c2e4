// Puts the hit of a sample beside the batch's others, and in the table of all. hits: rows × 1; table: samples × 1.
@group(0) @binding(2) var<storage, read_write> hits: array<f32>;
@group(0) @binding(3) var<storage, read_write> table: array<f32>;

fn put(row: u32, hit: f32) {
    hits[row] = hit;
    table[batch.first + row] = hit;
}
