// The sum of what an invocation takes at once, which is one number.
fn sum_of(x: Numbers) -> f32 { return x; }
