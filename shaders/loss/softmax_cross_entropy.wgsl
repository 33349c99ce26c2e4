// ln Σ exp(z) - z[label] of each row, an item of lanes/one or lanes/many; the row's maximum is subtracted before exp, and its own
// share of the sum, 1, is left out, so that little beside it is not lost. ln_1p comes from function/ln_1p.
// logits: rows × CLASSES; labels: rows × 1. share and best_of_row come from loss/share, put comes from loss/losses or loss/table, keep from loss/row_value or
// loss/row_gradient.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;

override CLASSES: u32;

fn items() -> u32 { return live_rows(); }

fn work(row: u32, lane: u32) {
    let start = row * CLASSES;
    let label = labels[row];
    let best = best_of_row(start, lane);
    let top = logits[start + best];
    // Of all but the best, and of all but the label.
    var rest_part = 0.0;
    var others_part = 0.0;
    for (var j = lane; j < CLASSES; j += LANES) {
        let e = share(logits[start + j], top);
        rest_part += select(e, 0.0, j == best);
        others_part += select(e, 0.0, j == label);
    }
    let rest = total(rest_part, lane);
    let others = total(others_part, lane);
    if lane == 0u {
        put(row, ln_1p(rest) + (top - logits[start + label]));
    }
    for (var j = lane; j < CLASSES; j += LANES) {
        keep(row, start + j, select(share(logits[start + j], top), -others, j == label) / (1.0 + rest));
    }
}
