// ln Σ exp(z) - z[label], one invocation a row; the row's maximum is subtracted before exp, and its own share of the sum, 1, is
// left out, so that little beside it is not lost. ln_1p comes from function/ln_1p.
// logits: rows × CLASSES; labels: rows × 1. put comes from loss/losses or loss/table, keep from loss/row_value or
// loss/row_gradient.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<f32>;

override CLASSES: u32;

fn share(z: f32, top: f32) -> f32 { return or_nan(exp(z - top), z - top); }

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = number(group, groups, local);
    if row >= live_rows() {
        return;
    }
    let start = row * CLASSES;
    let label = u32(labels[row]);
    var best = 0u;
    for (var j = 1u; j < CLASSES; j++) {
        if logits[start + j] > logits[start + best] {
            best = j;
        }
    }
    let top = logits[start + best];
    // All but the best, and all but the label.
    var rest = 0.0;
    var others = 0.0;
    for (var j = 0u; j < CLASSES; j++) {
        let e = share(logits[start + j], top);
        rest += select(e, 0.0, j == best);
        others += select(e, 0.0, j == label);
    }
    put(row, ln_1p(rest) + (top - logits[start + label]));
    for (var j = 0u; j < CLASSES; j++) {
        keep(row, start + j, select(share(logits[start + j], top), -others, j == label) / (1.0 + rest));
    }
}
