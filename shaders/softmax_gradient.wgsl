// dx = y ⊙ (dy - Σ dy y) over each row, an item of lanes/one or lanes/many, as y dy - y Σ dy y, where no difference overflows.
// y, dy, dx: rows × COLS.
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

override COLS: u32;

fn items() -> u32 { return live_rows(); }

fn work(row: u32, lane: u32) {
    let start = row * COLS;
    var part = 0.0;
    for (var j = lane; j < COLS; j += LANES) {
        part += dy[start + j] * y[start + j];
    }
    let sum = total(part, lane);
    for (var j = lane; j < COLS; j += LANES) {
        dx[start + j] = y[start + j] * dy[start + j] - y[start + j] * sum;
    }
}
