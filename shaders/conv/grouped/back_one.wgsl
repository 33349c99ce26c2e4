// What a channel is to the filters of its group at a place that sees it by a tap; for conv/grouped/input_gradient.
fn back(place: u32, tap: u32, channel: u32) -> f32 {
    let outputs = FILTERS / GROUPS;
    let first = channel / CHANNELS * outputs;
    let k = tap * CHANNELS + channel % CHANNELS;
    var sum = 0.0;
    for (var output = 0u; output < outputs; output++) {
        sum += dz[place * FILTERS + first + output] * w[k * FILTERS + first + output];
    }
    return sum;
}
