// What the derivative of a row's loss is multiplied by: of the mean over the whole batch, times the first number of the loss
// scale's state.
@group(0) @binding(GRADIENT + 1u) var<storage, read> scale: array<f32>;

fn seed(row: u32, n: f32) -> f32 { return scale[0] / (f32(batch.global_rows * PER_SAMPLE) * n); }
