// f(x) = exp(min(x, 0)), with slope 0 from 0 on. NaN stays.
fn activation(x: f32) -> f32 { return or_nan(exp(select(x, 0.0, x > 0.0)), x); }
fn slope(y: f32) -> f32 { return or_nan(select(y, 0.0, y >= 1.0), y); }
