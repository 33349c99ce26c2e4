// dx = (g - mean g - z mean(g z)) / √(var + EPSILON) over each row, an item of lanes/one or lanes/many, where z is the normalised x.
// moments comes from layer_norm/moments, and before, which makes g of dy, from layer_norm/scaled or layer_norm/unscaled.
// x, dy, dx: rows × COLS.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

fn work(row: u32, lane: u32) {
    let start = row * COLS;
    let m = moments(start, lane);
    var part_g = 0.0;
    var part_gz = 0.0;
    for (var j = lane; j < COLS; j += LANES) {
        let g = before(dy[start + j], j);
        part_g += g;
        part_gz += g * ((x[start + j] - m.mean) * m.inverse);
    }
    let mean_g = total(part_g, lane) / f32(COLS);
    let mean_gz = total(part_gz, lane) / f32(COLS);
    for (var j = lane; j < COLS; j += LANES) {
        let z = (x[start + j] - m.mean) * m.inverse;
        dx[start + j] = m.inverse * (before(dy[start + j], j) - mean_g - z * mean_gz);
    }
}
