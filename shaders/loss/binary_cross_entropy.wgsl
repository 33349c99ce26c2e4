// -t ln p - (1 - t) ln (1 - p), with p clamped so that the logarithm never sees 0. NaN stays, whatever the driver's log
// makes of it; it is known by its bits, as compilers need not heed it where numbers are compared.
const LEAST = 0x1p-23;
fn clamped(p: f32) -> f32 { return clamp(p, LEAST, 1.0 - LEAST); }
fn or_nan(value: f32, p: f32) -> f32 { return select(value, p, (bitcast<u32>(p) & 0x7fffffffu) > 0x7f800000u); }
fn loss(p: f32, t: f32) -> f32 {
    let q = clamped(p);
    return or_nan(-(t * log(q) + (1.0 - t) * log(1.0 - q)), p);
}
fn loss_slope(p: f32, t: f32) -> f32 {
    let q = clamped(p);
    return or_nan((q - t) / (q * (1.0 - q)), p);
}
