// Keeps the gradient of the mean over a row's elements, times seed, which comes from a file in loss/seed/, and times the slope of
// what made the prediction, which comes from a file in activation/. gradient: rows × COLS.
@group(0) @binding(GRADIENT) var<storage, read_write> gradient: array<Kept>;

fn gradient_of(row: u32, p: f32, t: f32) -> f32 {
    return loss_slope(p, t) * seed(row, f32(COLS)) * slope(p);
}

fn keep(at: u32, g: Kept) { gradient[at] = g; }
