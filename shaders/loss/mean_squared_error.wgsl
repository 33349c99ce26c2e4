// (p - t)².
fn loss(p: f32, t: f32) -> f32 { return (p - t) * (p - t); }
fn loss_slope(p: f32, t: f32) -> f32 { return 2.0 * (p - t); }
