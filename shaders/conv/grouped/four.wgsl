// The same as conv/grouped/one for four filters of one group, which see the same channel.
fn seen_number(pixel: u32, j: u32, input: u32) -> vec4<f32> {
    let of_group = 4u * j / (FILTERS / GROUPS);
    let at = (pixel * GROUPS + of_group) * CHANNELS + input;
    let some = wide(x[at / 4u]);
    let low = select(some.x, some.y, at % 2u == 1u);
    let high = select(some.z, some.w, at % 2u == 1u);
    return vec4(select(low, high, at % 4u >= 2u));
}
