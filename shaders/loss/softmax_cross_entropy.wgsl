// ln Σ exp(z) - z[label], one invocation a row; the row's maximum is subtracted before exp.
// logits: rows × CLASSES; labels: rows × 1. put comes from loss/losses or loss/table, keep from loss/row_value or
// loss/row_gradient.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<f32>;

override CLASSES: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = number(group, groups, local);
    if row >= batch.rows {
        return;
    }
    let start = row * CLASSES;
    let label = u32(labels[row]);
    var top = logits[start];
    for (var j = 1u; j < CLASSES; j++) {
        top = max(top, logits[start + j]);
    }
    var sum = 0.0;
    for (var j = 0u; j < CLASSES; j++) {
        sum += exp(logits[start + j] - top);
    }
    put(row, log(sum) + (top - logits[start + label]));
    for (var j = 0u; j < CLASSES; j++) {
        keep(start + j, exp(logits[start + j] - top) / sum - select(0.0, 1.0, j == label));
    }
}
