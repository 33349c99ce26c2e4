// f(x) = FACTOR · x + OFFSET.
override FACTOR: f32;
override OFFSET: f32;
fn activation(x: f32) -> f32 { return FACTOR * x + OFFSET; }
fn slope(x: f32) -> f32 { return FACTOR; }
