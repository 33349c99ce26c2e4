// The same as conv/grouped/one for four filters of one group, which see the same channel.
fn seen_number(pixel: u32, j: u32, input: u32) -> vec4<f32> {
    let of_group = 4u * j / (FILTERS / GROUPS);
    let at = (pixel * GROUPS + of_group) * CHANNELS + input;
    return vec4(wide(x[at / 4u])[at % 4u]);
}
