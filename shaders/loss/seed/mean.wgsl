// What the derivative of a row's loss is multiplied by: of the mean over the whole batch.
fn seed(row: u32, n: f32) -> f32 { return 1.0 / (f32(batch.global_rows * PER_SAMPLE) * n); }
