// Four elements at a time, stored as a file in number/ says, for activation/gradient.
const WIDTH = 4u;
alias Kept = Stored4;
fn product(dy: Kept, v: Kept) -> Kept {
    let at = wide(v);
    return stored(wide(dy) * vec4(slope(at.x), slope(at.y), slope(at.z), slope(at.w)));
}
