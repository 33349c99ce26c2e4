// max(z, 0) - z t + ln (1 + exp(-|z|)); its slope is sigmoid(z) - t.
fn loss(z: f32, t: f32) -> f32 { return max(z, 0.0) - z * t + log(1.0 + exp(-abs(z))); }
fn loss_slope(z: f32, t: f32) -> f32 {
    let e = exp(-abs(z));
    return select(e, 1.0, z >= 0.0) / (1.0 + e) - t;
}
