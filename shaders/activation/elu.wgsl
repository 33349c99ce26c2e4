// f(x) = x for x > 0, else ALPHA (exp(x) - 1). Its parts come from activation/exponential.
override ALPHA: f32;
fn activation(x: f32) -> f32 { return exponential(x, 1.0, ALPHA); }
fn slope(y: f32) -> f32 { return exponential_slope(y, 1.0, ALPHA); }
