// The epilogue of a layer by fours, for conv/forward and conv/input_gradient: the bias and the activation. activation comes from a
// file in activation/, bias_of from one of conv/bias_… or conv/no_bias.
fn epilogue(at: u32, sum: vec4<f32>) -> vec4<f32> {
    let z = sum + bias_of(at);
    return vec4(activation(z.x), activation(z.y), activation(z.z), activation(z.w));
}
