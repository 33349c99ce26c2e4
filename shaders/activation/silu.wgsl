// f(x) = x / (1 + exp(-x)). Its parts come from activation/gated.
fn activation(x: f32) -> f32 { return gated(x, x); }
fn slope(x: f32) -> f32 {
    let near = clamp(x, -MOST, MOST);
    return gated_slope(x, near, near);
}
