// The labels of the same samples, one for each of the first invocations. labels: samples × LABELS; batch_labels: rows × LABELS.
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read_write> batch_labels: array<u32>;

override LABELS: u32;

fn gather_labels(i: u32) {
    if i < live_rows() * LABELS {
        batch_labels[i] = labels[indices[batch.first + i / LABELS] * LABELS + i % LABELS];
    }
}
