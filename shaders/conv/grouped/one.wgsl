// What filters see by single numbers, for any groups; for conv/grouped/forward and conv/grouped/weight_gradient.

// Channel number `input` of the group of filter j, at a pixel.
fn seen_number(pixel: u32, j: u32, input: u32) -> f32 {
    let of_group = j / (FILTERS / GROUPS);
    return x[(pixel * GROUPS + of_group) * CHANNELS + input];
}
