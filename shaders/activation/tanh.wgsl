// f(x) = tanh(x), by the CPU's formulas: a polynomial near 0, else from exp(-2|x|). WGSL lets tanh itself be off by 1e-5,
// however small x is, and some drivers lose NaN in it.
fn activation(x: f32) -> f32 {
    let square = x * x;
    let high = (-5.7049887e-3 * square + 2.063909e-2) * square - 5.3739716e-2;
    let near = ((high * square + 0.13331442) * square - 0.3333328) * square * x + x;
    let e = exp(-2.0 * abs(x));
    let far = select(1.0, -1.0, x < 0.0) * (1.0 - e) / (1.0 + e);
    return or_nan(select(far, near, abs(x) < 0.625), x);
}
fn slope(y: f32) -> f32 { return (1.0 - y) * (1.0 + y); }
