// ln cosh (p - t), near 0 as ln(1 + 2 sinh²((p - t) / 2)), whose sinh² is (1 - exp(-x))² / (4 exp(-x)). NaN stays. exp_m1 and ln_1p
// come from function/.
fn loss(p: f32, t: f32) -> f32 {
    let apart = abs(p - t);
    let less = exp_m1(-apart);
    let near = ln_1p(min(less * less / (2.0 * (1.0 + less)), 1.0));
    let far = apart - 0.6931472 + ln_1p(exp(-2.0 * apart));
    return or_nan(select(far, near, apart < 1.0), apart);
}
// tanh, from exp(-2 |x|) - 1.
fn loss_slope(p: f32, t: f32) -> f32 {
    let apart = p - t;
    let less = exp_m1(-2.0 * abs(apart));
    return or_nan(sign(apart) * -less / (2.0 + less), apart);
}
