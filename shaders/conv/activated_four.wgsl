// The epilogue of a layer by fours, for conv/forward and conv/input_gradient: the bias, what is added, and the activation. activation
// comes from a file in activation/, bias_of from one of conv/bias_… or conv/no_bias, added_at from conv/added_… or conv/none_added.
fn epilogue(at: u32, sum: vec4<f32>) -> vec4<f32> {
    let z = sum + bias_of(at) + added_at(at);
    return vec4(activation(z.x), activation(z.y), activation(z.z), activation(z.w));
}
