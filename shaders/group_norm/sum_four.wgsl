// The sum of the four numbers that an invocation takes at once.
fn sum_of(x: Numbers) -> f32 { return (x.x + x.y) + (x.z + x.w); }
