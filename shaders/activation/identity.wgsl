// f(x) = x.
fn activation(x: f32) -> f32 { return x; }
fn slope(y: f32) -> f32 { return 1.0; }
