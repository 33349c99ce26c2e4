// What gradients are multiplied by: the first number of the loss scale's state.
@group(0) @binding(4) var<storage, read> scale: array<f32>;

fn loss_scale() -> f32 { return scale[0]; }
