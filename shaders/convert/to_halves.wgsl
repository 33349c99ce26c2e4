// Rounds four reals to halves; a file in number/ says how these are stored.
alias From4 = vec4<f32>;
alias To4 = Stored4;
fn converted(v: From4) -> To4 { return stored(v); }
