// -t ln p - (1 - t) ln (1 - p), with p clamped so that the logarithm never sees 0. NaN stays. ln_1p comes from
// function/ln_1p.
const LEAST = 0x1p-23;
fn clamped(p: f32) -> f32 { return clamp(p, LEAST, 1.0 - LEAST); }
fn ln(q: f32) -> f32 { return select(ln_1p(q - 1.0), log(q), q < 0.5); }
fn loss(p: f32, t: f32) -> f32 {
    let q = clamped(p);
    return or_nan(-(t * ln(q) + (1.0 - t) * ln_1p(-q)), p);
}
fn loss_slope(p: f32, t: f32) -> f32 {
    let q = clamped(p);
    return or_nan((q - t) / (q * (1.0 - q)), p);
}
