// f(x) = x for x > 0, else NEGATIVE_SLOPE · x.
override NEGATIVE_SLOPE: f32;
fn activation(x: f32) -> f32 { return select(NEGATIVE_SLOPE * x, x, x > 0.0); }
fn slope(y: f32) -> f32 { return select(NEGATIVE_SLOPE, 1.0, y > 0.0); }
