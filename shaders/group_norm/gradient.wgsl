// dx = (g - mean g - z mean(g z)) / √(var + EPSILON) over each group, where z is the normalised x. moments comes from group_norm/moments,
// and before, which makes g of dy, from group_norm/scaled or group_norm/unscaled. x, dy, dx: rows × (places · channels).
@group(0) @binding(1) var<storage, read> dy: array<Kept>;
@group(0) @binding(2) var<storage, read_write> dx: array<Kept>;

fn work(item: u32, lane: u32) {
    let m = moments(item, lane);
    var part_g = Numbers(0.0);
    var part_gz = Numbers(0.0);
    for (var k = lane; k < COUNT; k += LANES) {
        let at = place(item, k);
        let g = before(numbers(dy[at]), channel_of(item, k));
        part_g += g;
        part_gz += g * ((numbers(x[at]) - m.mean) * m.inverse);
    }
    let mean_g = average(part_g, lane);
    let mean_gz = average(part_gz, lane);
    for (var k = lane; k < COUNT; k += LANES) {
        let at = place(item, k);
        let z = (numbers(x[at]) - m.mean) * m.inverse;
        dx[at] = kept(m.inverse * (before(numbers(dy[at]), channel_of(item, k)) - mean_g - z * mean_gz));
    }
}
