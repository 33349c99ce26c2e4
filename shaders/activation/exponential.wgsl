// above · x for x > 0, else below · (exp(x) - 1), and its slope from its value. NaN stays. exp_m1 comes from function/exp_m1.
fn exponential(x: f32, above: f32, below: f32) -> f32 {
    return or_nan(select(below * exp_m1(x), above * x, x > 0.0), x);
}
fn exponential_slope(y: f32, above: f32, below: f32) -> f32 {
    return or_nan(select(y + below, above, y > 0.0), y);
}
