// f(x) = FACTOR · x.
override FACTOR: f32;
fn activation(x: f32) -> f32 { return FACTOR * x; }
fn slope(x: f32) -> f32 { return FACTOR; }
