// x / (1 + exp(-v)) for a v with the sign of x, and its slope. The root of exp(-|v|) is multiplied twice, as the whole vanishes
// before the product with x does. Beyond ±MOST it is 0. NaN stays.
const MOST = 200.0;
fn root(v: f32) -> f32 { return exp(-0.5 * abs(v)); }

fn gated(x: f32, v: f32) -> f32 {
    let r = root(v);
    let share = 1.0 / (1.0 + r * r);
    return select(x * share, max(x, -MOST) * r * r * share, is_negative(x));
}

// rise is x times the slope of v.
fn gated_slope(x: f32, v: f32, rise: f32) -> f32 {
    let r = root(v);
    let share = 1.0 / (1.0 + r * r);
    let steep = rise * share;
    return or_nan(select(share * (1.0 + steep * r * r), r * share * (1.0 + steep) * r, is_negative(x)), x);
}
