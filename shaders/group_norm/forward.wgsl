// y = f((x - mean) / √(var + EPSILON)) over each group, scaled and shifted before f. moments comes from group_norm/moments, and finished,
// which scales and shifts, from group_norm/affine or group_norm/plain. x, y: rows × (places · channels).
@group(0) @binding(1) var<storage, read_write> y: array<Kept>;

fn work(item: u32, lane: u32) {
    let m = moments(item, lane);
    for (var k = lane; k < COUNT; k += LANES) {
        let at = place(item, k);
        let z = (numbers(x[at]) - m.mean) * m.inverse;
        y[at] = kept(activated(finished(z, channel_of(item, k))));
    }
}
