// The epilogue by fours of a sum without a slope, for conv/forward and conv/input_gradient; added_at as that of conv/activated_four.
fn epilogue(at: u32, sum: vec4<f32>) -> vec4<f32> { return sum + added_at(at); }
