// ln(1 + x), near 0 as 2 artanh(x / (2 + x)) by its series: WGSL lets log be off by 2^-21 near 1, where the loss of a good
// prediction is less than that.
fn ln_1p(x: f32) -> f32 {
    // Twice the argument of artanh, which is a normal number wherever x is.
    let s = x / (1.0 + 0.5 * x);
    let square = 0.25 * s * s;
    let high = 0.09090909 + square * (0.07692308 + square * (0.06666667 + square * 0.05882353));
    let low = 1.0 + square * (0.33333334 + square * (0.2 + square * (0.14285715 + square * (0.11111111 + square * high))));
    return select(s * low, log(1.0 + x), x < -0.5 || x > 1.0);
}
