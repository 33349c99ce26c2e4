// The derivative of a mean, times the first number of the loss scale's state.
@group(0) @binding(1) var<storage, read> scale: array<f32>;

fn seed() -> f32 { return scale[0] / f32(batch.global_rows * PER_SAMPLE); }
