// The epilogue that turns the gradient of the activation that gave x into that of its argument; slope(x) comes from activation/.
fn epilogue(at: u32, sum: f32) -> f32 { return sum * slope(x[at]); }
