// f(x) = exp(min(x, 0)), with slope 0 from 0 on. NaN stays, whatever the driver's exp makes of it.
fn activation(x: f32) -> f32 {
    let is_nan = (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
    return select(exp(select(x, 0.0, x > 0.0)), x, is_nan);
}
fn slope(y: f32) -> f32 { return select(0.0, y, y < 1.0); }
