// One element at a time, for add_to/elements.
const WIDTH = 1u;
alias Kept = f32;
fn plus(a: Kept, b: Kept) -> Kept { return a + b; }
