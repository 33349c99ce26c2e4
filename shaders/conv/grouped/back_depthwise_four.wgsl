// The same as conv/grouped/back_one for four channels of a depthwise convolution.
fn back(place: u32, tap: u32, channels: u32) -> vec4<f32> {
    let some = FILTERS / 4u;
    return wide(dz[place * some + channels]) * wide(w[tap * some + channels]);
}
