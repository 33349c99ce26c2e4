// (p - t)² / 2 up to a distance of DELTA, and a line beyond it. NaN stays.
override DELTA: f32;
fn loss(p: f32, t: f32) -> f32 {
    let apart = abs(p - t);
    // A distance beyond the numbers of f32 may have a loss within them.
    let far = select(abs(DELTA * p - DELTA * t), DELTA * (apart - 0.5 * DELTA), is_finite(apart));
    return or_nan(select(0.5 * apart * apart, far, apart > DELTA), apart);
}
fn loss_slope(p: f32, t: f32) -> f32 { return or_nan(clamp(p - t, -DELTA, DELTA), p - t); }
