// Keeps the gradient of the mean over all elements of the batch, times the slope of what made the prediction, which
// comes from a file in activation/, and times the loss scale. gradient: rows × COLS.
@group(0) @binding(3) var<storage, read_write> gradient: array<Kept>;

fn gradient_of(p: f32, t: f32) -> f32 {
    return loss_slope(p, t) * (loss_scale() / (f32(batch.global_rows * PER_SAMPLE) * f32(COLS))) * slope(p);
}

fn keep(at: u32, g: Kept) { gradient[at] = g; }
