// The number from LEAST to MOST that is nearest to x, with slope 1 there, ends included, and 0 elsewhere. NaN stays.
override LEAST: f32;
override MOST: f32;
fn activation(x: f32) -> f32 { return or_nan(clamp(x, LEAST, MOST), x); }
fn slope(x: f32) -> f32 { return or_nan(select(0.0, 1.0, x >= LEAST && x <= MOST), x); }
