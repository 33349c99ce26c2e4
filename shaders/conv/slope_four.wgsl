// The epilogue by fours that turns the gradient of an activation's output, which is in `made`, into that of its input, for
// conv/forward and conv/input_gradient; slope comes from a file in activation/, added_at from conv/added_last_… or conv/none_added.
@group(0) @binding(3) var<storage, read> made: array<Stored4>;

fn epilogue(at: u32, sum: vec4<f32>) -> vec4<f32> {
    let v = wide(made[at]);
    return (sum + added_at(at)) * vec4(slope(v.x), slope(v.y), slope(v.z), slope(v.w));
}
