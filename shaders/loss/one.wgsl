// One pair of elements at a time, for loss/elements. prediction, expected: rows × COLS.
@group(0) @binding(0) var<storage, read> prediction: array<f32>;
@group(0) @binding(1) var<storage, read> expected: array<f32>;

const WIDTH = 1u;
alias Kept = f32;

fn part(row: u32, at: u32) -> f32 {
    let p = prediction[at];
    let t = expected[at];
    keep(at, gradient_of(row, p, t));
    return loss(p, t);
}
