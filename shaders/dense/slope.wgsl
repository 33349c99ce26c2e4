// The epilogue that turns the gradient of the activation that gave x into that of its argument; slope(x) comes from
// activation/.
fn epilogue(at: u32, sum: vec4<f32>) -> vec4<f32> {
    let v = wide(x[at]);
    return sum * vec4(slope(v.x), slope(v.y), slope(v.z), slope(v.w));
}
