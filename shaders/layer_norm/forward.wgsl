// y = (x - mean) / √(var + EPSILON) over each row, an item of lanes/one or lanes/many. moments comes from layer_norm/moments, and
// finished, which scales and shifts, from layer_norm/affine or layer_norm/plain. x, y: rows × COLS.
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

fn work(row: u32, lane: u32) {
    let start = row * COLS;
    let m = moments(start, lane);
    for (var j = lane; j < COLS; j += LANES) {
        y[start + j] = finished((x[start + j] - m.mean) * m.inverse, j);
    }
}
