// The learning rate of some parameters: a share of the batch's, or a multiple.
override RATE_FACTOR: f32;

fn rate() -> f32 { return batch.rate * RATE_FACTOR; }
