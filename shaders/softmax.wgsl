// y = exp(x - max x) / Σ exp(x - max x) over each row, an item of lanes/one or lanes/many. x, y: rows × COLS.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override COLS: u32;

fn items() -> u32 { return live_rows(); }

fn work(row: u32, lane: u32) {
    let start = row * COLS;
    var best = candidate(x[start + lane], lane);
    for (var j = lane + LANES; j < COLS; j += LANES) {
        best = better(best, candidate(x[start + j], j));
    }
    let top = x[start + best_of_all(best, lane).at];
    var sum = 0.0;
    for (var j = lane; j < COLS; j += LANES) {
        let below = x[start + j] - top;
        let e = or_nan(exp(below), below);
        y[start + j] = e;
        sum += e;
    }
    let whole = total(sum, lane);
    for (var j = lane; j < COLS; j += LANES) {
        y[start + j] /= whole;
    }
}
