// QUANTILE (t - p) where the target is larger, else (1 - QUANTILE) (p - t). NaN stays.
override QUANTILE: f32;
fn quantile_weight(apart: f32) -> f32 { return select(1.0 - QUANTILE, QUANTILE, apart < 0.0); }
fn loss(p: f32, t: f32) -> f32 {
    let share = quantile_weight(p - t);
    // A distance beyond the numbers of f32 may have a loss within them.
    return or_nan(select(abs(share * p - share * t), share * abs(p - t), is_finite(p - t)), p - t);
}
fn loss_slope(p: f32, t: f32) -> f32 { return or_nan(quantile_weight(p - t) * sign(p - t), p - t); }
