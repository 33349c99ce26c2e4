// exp(x) - 1 for x <= 0, and 0 above, as on the CPU (src/program/real.rs): near 0, WGSL's exp has not the digits that the
// difference leaves. NaN stays.
fn exp_m1(x: f32) -> f32 {
    let near = clamp(x, -80.0, 0.0);
    let n = round(near * 1.442695);
    let r = near - n * 0.6933594 + n * 2.1219444e-4;
    let high = 0.16666667 + r * (0.041666668 + r * (0.008333334 + r * (0.0013888889 + r * 0.0001984127)));
    let rest = r * (1.0 + r * (0.5 + r * high));
    let power = bitcast<f32>(u32(i32(n) + 127) << 23u);
    return or_nan(select(rest * power + (power - 1.0), rest, n == 0.0), x);
}
