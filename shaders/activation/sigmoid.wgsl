// f(x) = 1 / (1 + exp(-x)), from exp(-|x|), which cannot overflow.
fn activation(x: f32) -> f32 {
    let e = exp(-abs(x));
    return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
fn slope(y: f32) -> f32 { return y * (1.0 - y); }
