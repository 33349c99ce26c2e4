// f(x) = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))); the argument of tanh is clamped, since some drivers overflow there.
const SCALE = 0.7978845608028654;
const CUBIC = 0.044715;
fn squash(x: f32) -> f32 { return tanh(clamp(SCALE * (x + CUBIC * x * x * x), -15.0, 15.0)); }
fn activation(x: f32) -> f32 { return 0.5 * x * (1.0 + squash(x)); }

// Beyond ±20 the slope is 0 or 1, and x² would overflow.
fn slope(v: f32) -> f32 {
    let x = clamp(v, -20.0, 20.0);
    let t = squash(x);
    return 0.5 * (1.0 + t + x * (1.0 - t * t) * SCALE * (1.0 + 3.0 * CUBIC * x * x));
}
