// f(x) = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), as x / (1 + exp(-v)) with v = 2 √(2/π) (x + 0.044715 x³): nothing cancels. The
// root of exp(-|v|) is multiplied twice, as the whole vanishes before the product with x does. Beyond ±MOST it is 0. NaN stays.
const MOST = 20.0;
const SCALE = 1.5957691216057308;
const CUBIC = 0.044715;
fn root(x: f32) -> f32 { return exp(-0.5 * SCALE * abs(x + CUBIC * x * x * x)); }

fn activation(x: f32) -> f32 {
    let near = clamp(x, -MOST, MOST);
    let r = root(near);
    let share = 1.0 / (1.0 + r * r);
    return select(x * share, near * r * r * share, is_negative(x));
}

fn slope(x: f32) -> f32 {
    let near = clamp(x, -MOST, MOST);
    let r = root(near);
    let share = 1.0 / (1.0 + r * r);
    let rise = near * SCALE * (1.0 + 3.0 * CUBIC * near * near) * share;
    return or_nan(select(share * (1.0 + rise * r * r), r * r * share * (1.0 + rise), is_negative(x)), x);
}
