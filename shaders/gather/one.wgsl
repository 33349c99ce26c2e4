// One element at a time, for gather/rows.
const WIDTH = 1u;
alias Kept = f32;
fn item(at: u32) -> Kept { return load(at) * SCALE; }
