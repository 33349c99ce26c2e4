// |z| (1 - t) + ln (1 + exp(-|z|)) for z >= 0, else |z| t + ln (1 + exp(-|z|)); its slope is sigmoid(z) - t. NaN stays.
// ln_1p comes from function/ln_1p.
fn loss(z: f32, t: f32) -> f32 {
    let missing = select(t, 1.0 - t, z >= 0.0);
    let far = select(abs(z) * missing, 0.0, missing == 0.0);
    return or_nan(far + ln_1p(exp(-abs(z))), z);
}
fn loss_slope(z: f32, t: f32) -> f32 {
    let e = exp(-abs(z));
    let least = e / (1.0 + e);
    return or_nan(select(least - t, (1.0 - t) - least, z >= 0.0), z);
}
