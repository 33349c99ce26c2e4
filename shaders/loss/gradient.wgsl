// Keeps the gradient of the mean over all elements of the batch, times the slope of what made the prediction, which
// comes from a file in activation/. gradient: rows × COLS.
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;

fn keep(at: u32, p: f32, t: f32) {
    gradient[at] = loss_slope(p, t) / (f32(batch.rows) * f32(COLS)) * slope(p);
}
