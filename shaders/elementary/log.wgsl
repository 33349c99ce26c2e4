// f(x) = log(x). NaN stays, and a negative x gives it. Near 1, WGSL lets log be off by 2^-21; ln_1p comes from function/ln_1p. Some
// drivers' log is wrong for what is subnormal, which is its bits' number of times 2^-149.
fn activation(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let far = select(log(x), log(f32(bits)) - 103.27893, bits < 0x00800000u);
    let value = select(far, ln_1p(x - 1.0), x > 0.5 && x < 2.0);
    return or_nan(select(value, not_a_number(x), is_negative(x)), x);
}
fn slope(x: f32) -> f32 { return 1.0 / x; }
