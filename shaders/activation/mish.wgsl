// f(x) = x tanh(ln(1 + exp(x))), as x e (e + 2) / (e (e + 2) + 2) with e = exp(x), which overflows nowhere and cancels nothing;
// of a positive x, both are divided by e². root and MOST come from activation/gated. NaN stays.
fn activation(x: f32) -> f32 {
    let r = root(x);
    let e = r * r;
    let above = x * (1.0 + 2.0 * e) / (1.0 + 2.0 * e * (1.0 + e));
    let below = max(x, -MOST) * r * (e + 2.0) / (e * (e + 2.0) + 2.0) * r;
    return select(above, below, is_negative(x));
}

fn slope(x: f32) -> f32 {
    let near = clamp(x, -MOST, MOST);
    let r = root(near);
    let e = r * r;
    let high = 1.0 + 2.0 * e * (1.0 + e);
    let above = (1.0 + 2.0 * e + 4.0 * near * e * e * (1.0 + e) / high) / high;
    let low = e * (e + 2.0) + 2.0;
    let below = r * (e + 2.0 + 4.0 * near * (1.0 + e) / low) / low * r;
    return or_nan(select(above, below, is_negative(x)), x);
}
