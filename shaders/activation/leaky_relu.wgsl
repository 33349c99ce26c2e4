// f(x) = NEGATIVE_SLOPE · x for x < 0, else x. A slope of 0 makes 0 even of -infinity. NaN stays.
override NEGATIVE_SLOPE: f32;
fn activation(x: f32) -> f32 {
    let below = select(NEGATIVE_SLOPE * x, 0.0, NEGATIVE_SLOPE == 0.0);
    return select(x, below, is_negative(x));
}
fn slope(y: f32) -> f32 { return select(NEGATIVE_SLOPE, 1.0, y > 0.0); }
