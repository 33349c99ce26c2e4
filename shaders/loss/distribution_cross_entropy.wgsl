// Σ t (ln Σ exp(z) - z) of each row, an item of lanes/one or lanes/many, and with RELATIVE Σ t ln t more; the row's maximum is
// subtracted before exp, and its own share of the sum, 1, is left out. ln_1p comes from function/ln_1p.
// logits, expected: rows × CLASSES. share and best_of_row come from loss/share, put from loss/losses or loss/table, keep from
// loss/row_value or loss/row_gradient.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> expected: array<f32>;

override CLASSES: u32;
override RELATIVE: u32;

fn items() -> u32 { return live_rows(); }

fn work(row: u32, lane: u32) {
    let start = row * CLASSES;
    let best = best_of_row(start, lane);
    let top = logits[start + best];
    var rest_part = 0.0;
    var sum_part = 0.0;
    for (var j = lane; j < CLASSES; j += LANES) {
        rest_part += select(share(logits[start + j], top), 0.0, j == best);
        sum_part += expected[start + j];
    }
    let rest = total(rest_part, lane);
    let sum = total(sum_part, lane);
    var loss_part = 0.0;
    for (var j = lane; j < CLASSES; j += LANES) {
        let t = expected[start + j];
        let own = select(0.0, select(ln_1p(t - 1.0), log(t), t < 0.5), RELATIVE == 1u);
        let term = t * (own + ln_1p(rest) + (top - logits[start + j]));
        // What is expected of no class costs nothing, however small its score is.
        loss_part += select(term, 0.0, t == 0.0);
    }
    let loss = total(loss_part, lane);
    if lane == 0u {
        put(row, loss);
    }
    for (var j = lane; j < CLASSES; j += LANES) {
        keep(row, start + j, share(logits[start + j], top) / (1.0 + rest) * sum - expected[start + j]);
    }
}
