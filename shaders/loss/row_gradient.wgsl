// Keeps the gradient of the mean over the batch, times the loss scale. gradient: rows × CLASSES.
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;

fn keep(at: u32, slope: f32) {
    gradient[at] = slope * (loss_scale() / f32(batch.global_rows * PER_SAMPLE));
}
