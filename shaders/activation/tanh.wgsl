// f(x) = tanh(x). Some drivers compute it from exp(2x), which overflows, and others clamp x, which loses NaN; so it is asked for
// where neither matters only. tanh(15) is 1 in f32.
fn activation(x: f32) -> f32 {
    let beyond = select(select(x, -1.0, x < 0.0), 1.0, x > 0.0);
    return select(beyond, tanh(x), abs(x) <= 15.0);
}
fn slope(y: f32) -> f32 { return (1.0 - y) * (1.0 + y); }
