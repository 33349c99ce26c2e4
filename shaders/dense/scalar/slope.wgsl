// The epilogue that turns the gradient of an activation's output into that of its input; slope(y) comes from activation/.
// y: rows × INPUTS, the activation's output.
@group(0) @binding(3) var<storage, read> y: array<f32>;

fn epilogue(at: u32, sum: f32) -> f32 { return sum * slope(y[at]); }
