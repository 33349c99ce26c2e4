// The mean of a row, and 1 / √(var + EPSILON), by which its numbers are multiplied once the mean is gone. The variance is the mean
// of (x - mean)², in which nothing cancels. x: rows × COLS.
@group(0) @binding(0) var<storage, read> x: array<f32>;

override COLS: u32;
override EPSILON: f32;

struct Moments {
    mean: f32,
    inverse: f32,
}

fn items() -> u32 { return live_rows(); }

fn moments(start: u32, lane: u32) -> Moments {
    var part = 0.0;
    for (var j = lane; j < COLS; j += LANES) {
        part += x[start + j];
    }
    let mean = total(part, lane) / f32(COLS);
    var squares = 0.0;
    for (var j = lane; j < COLS; j += LANES) {
        squares += (x[start + j] - mean) * (x[start + j] - mean);
    }
    return Moments(mean, 1.0 / sqrt(total(squares, lane) / f32(COLS) + EPSILON));
}
