// Four elements at a time, stored as a file in number/ says, for add_to/elements.
const WIDTH = 4u;
alias Kept = Stored4;
fn plus(a: Kept, b: Kept) -> Kept { return stored(wide(a) + wide(b)); }
