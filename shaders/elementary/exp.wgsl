// f(x) = exp(x), whose slope is its value. NaN stays.
fn activation(x: f32) -> f32 { return or_nan(exp(x), x); }
fn slope(y: f32) -> f32 { return y; }
