// Four elements at a time, stored as a file in number/ says, for gather/rows.
const WIDTH = 4u;
alias Kept = Stored4;
fn item(at: u32) -> Kept { return stored(load4(at) * SCALE); }
