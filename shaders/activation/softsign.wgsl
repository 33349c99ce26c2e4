// f(x) = x / (1 + |x|), with slope (1 - |f|)². Beyond ±MOST, which WGSL can still divide by, it is ±1. NaN stays.
const MOST = 1e30;
fn activation(x: f32) -> f32 {
    let near = clamp(x, -MOST, MOST);
    return or_nan(near / (1.0 + abs(near)), x);
}
fn slope(y: f32) -> f32 { return (1.0 - abs(y)) * (1.0 - abs(y)); }
