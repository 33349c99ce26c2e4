// f(x) = (1 - exp(-x))^GAMMA · x. power comes from elementary/power_of, exp_m1 from function/exp_m1.
override GAMMA: f32;
fn activation(x: f32) -> f32 { return power(-exp_m1(-x), GAMMA) * x; }
fn slope(x: f32) -> f32 {
    // How improbable the class is, and the ratio of x to that, 1 at 0.
    let missing = -exp_m1(-x);
    let ratio = select(min(x, 1000.0) / missing, 1.0, missing < 0x1p-100);
    return power(missing, GAMMA) * (1.0 + GAMMA * exp(-x) * ratio);
}
