// The derivative of a mean.
fn seed() -> f32 { return 1.0 / f32(batch.global_rows * PER_SAMPLE); }
