// The same as conv/grouped/back_one for four channels, where groups have a multiple of four filters.
fn back(place: u32, tap: u32, channels: u32) -> vec4<f32> {
    return vec4(
        back_one(place, tap, 4u * channels),
        back_one(place, tap, 4u * channels + 1u),
        back_one(place, tap, 4u * channels + 2u),
        back_one(place, tap, 4u * channels + 3u),
    );
}

fn back_one(place: u32, tap: u32, channel: u32) -> f32 {
    let outputs = FILTERS / GROUPS / 4u;
    let first = channel / CHANNELS * outputs;
    let k = tap * CHANNELS + channel % CHANNELS;
    var sum = 0.0;
    for (var output = 0u; output < outputs; output++) {
        let of_filters = wide(dz[place * (FILTERS / 4u) + first + output]);
        sum += dot(of_filters, wide(w[k * (FILTERS / 4u) + first + output]));
    }
    return sum;
}
