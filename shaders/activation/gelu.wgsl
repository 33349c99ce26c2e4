// f(x) = x Φ(x) with the standard normal distribution Φ(x) = (1 + erf(x/√2)) / 2. Of a negative x, Φ is the tail itself, so that
// nothing cancels. Beyond ±MOST the tail is 0. NaN stays.
const MOST = 20.0;

// exp(x²/2) times the tail beyond x >= 0, as on the CPU (src/program/real/tail.rs).
fn scaled_tail(x: f32) -> f32 {
    let inverse = 1.0 / (x + 4.0);
    let y = (x - 4.0) * inverse;
    let high = (((-0.0001171377523 * y + 0.0002084661617) * y + 0.001576009655) * y + -0.003528755526) * y + -0.007531534601;
    let low = (((0.06040682435 + y * high) * y + -0.1865223455) * y + 0.3871366971) * y + -0.6078966306;
    return (low * y + 0.755285138) * inverse;
}

fn activation(x: f32) -> f32 {
    let near = clamp(x, -MOST, MOST);
    let cut = near * scaled_tail(abs(near)) * exp(-0.5 * near * near);
    return select(x - cut, cut, is_negative(x));
}

// Φ(x) + x exp(-x²/2) / √(2π).
fn slope(x: f32) -> f32 {
    let near = min(abs(x), MOST);
    let below = exp(-0.5 * near * near) * (scaled_tail(near) - 0.3989422804 * near);
    return or_nan(select(1.0 - below, below, is_negative(x)), x);
}
