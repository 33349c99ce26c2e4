// The same as conv/activated_four by single numbers.
fn epilogue(at: u32, sum: f32) -> f32 { return activation(sum + bias_of(at) + added_at(at)); }
