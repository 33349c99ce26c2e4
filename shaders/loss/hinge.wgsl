// max(0, 1 - t p), with targets of -1 and 1. NaN stays.
fn loss(p: f32, t: f32) -> f32 { return or_nan(max(1.0 - t * p, 0.0), t * p); }
fn loss_slope(p: f32, t: f32) -> f32 { return or_nan(select(0.0, -t, t * p < 1.0), t * p); }
