// Four elements at a time, stored as a file in number/ says, for activation/forward and activation/gradient.
const WIDTH = 4u;
alias Kept = Stored4;
fn value(x: Kept) -> Kept {
    let at = wide(x);
    return stored(vec4(activation(at.x), activation(at.y), activation(at.z), activation(at.w)));
}
fn product(dy: Kept, v: Kept) -> Kept {
    let at = wide(v);
    return stored(wide(dy) * vec4(slope(at.x), slope(at.y), slope(at.z), slope(at.w)));
}
