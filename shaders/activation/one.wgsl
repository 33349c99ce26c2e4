// One element at a time, for activation/gradient.
const WIDTH = 1u;
alias Kept = f32;
fn product(dy: Kept, v: Kept) -> Kept { return dy * slope(v); }
