// One element at a time, for activation/forward and activation/gradient.
const WIDTH = 1u;
alias Kept = f32;
fn value(x: Kept) -> Kept { return activation(x); }
fn product(dy: Kept, v: Kept) -> Kept { return dy * slope(v); }
