// The parts of a batch, of SAMPLES samples each.
override PARTS: u32;
override SAMPLES: u32;
override EPSILON: f32 = 0.0;

fn samples_of(part: u32) -> u32 { return min(SAMPLES, batch.rows - min(part * SAMPLES, batch.rows)); }
