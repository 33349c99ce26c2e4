// One channel at a time, for the kernels in pool/ and image/.
const AT_ONCE = 1u;
alias Kept = f32;
alias Numbers = f32;
alias Bits = u32;
fn numbers(x: Kept) -> Numbers { return x; }
fn kept(x: Numbers) -> Kept { return x; }
