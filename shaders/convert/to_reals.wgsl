// Widens four halves to reals; a file in number/ says how the halves are stored.
alias From4 = Stored4;
alias To4 = vec4<f32>;
fn converted(v: From4) -> To4 { return wide(v); }
