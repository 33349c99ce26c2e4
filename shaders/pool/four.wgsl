// Four channels at a time, stored as a file in number/ says, for the kernels in pool/ and image/.
const AT_ONCE = 4u;
alias Kept = Stored4;
alias Numbers = vec4<f32>;
alias Bits = vec4<u32>;
fn numbers(x: Kept) -> Numbers { return wide(x); }
fn kept(x: Numbers) -> Kept { return stored(x); }
