// |p - t|, with the slope 0 where both are equal. NaN stays.
fn loss(p: f32, t: f32) -> f32 { return abs(p - t); }
fn loss_slope(p: f32, t: f32) -> f32 { return or_nan(sign(p - t), p - t); }
