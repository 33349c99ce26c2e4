// Puts 1 where the first largest score of a row is its label's, else 0; one invocation a row. put comes from hits/batch or hits/table.
// scores: rows × COLS; labels: rows × 1.
@group(0) @binding(0) var<storage, read> scores: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;

override COLS: u32;

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
    var best = 0u;
    for (var j = 1u; j < COLS; j++) {
        if scores[row * COLS + j] > scores[row * COLS + best] {
            best = j;
        }
    }
    put(row, select(0.0, 1.0, best == labels[row]));
}
