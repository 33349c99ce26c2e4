// f(x) = tanh(x); clamped, since some drivers compute it from exp(2x), which overflows. tanh(15) is 1 in f32.
fn activation(x: f32) -> f32 { return tanh(clamp(x, -15.0, 15.0)); }
fn slope(y: f32) -> f32 { return (1.0 - y) * (1.0 + y); }
