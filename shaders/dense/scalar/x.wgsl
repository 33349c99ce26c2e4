// The layer's input, which an activation may have made. x: rows × INPUTS.
@group(0) @binding(3) var<storage, read> x: array<f32>;
