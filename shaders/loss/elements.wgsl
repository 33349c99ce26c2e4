// The mean over columns of loss(prediction, target), one workgroup a row, summed in a fixed tree.
// prediction, target: rows × COLS. loss comes from a file in loss/, put from loss/losses or loss/table, keep from
// loss/value or loss/gradient.
@group(0) @binding(0) var<storage, read> prediction: array<f32>;
@group(0) @binding(1) var<storage, read> expected: array<f32>;

override COLS: u32;
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = group.y * groups.x + group.x;
    var sum = 0.0;
    if row < batch.rows {
        for (var j = local; j < COLS; j += 64u) {
            let at = row * COLS + j;
            let p = prediction[at];
            let t = expected[at];
            sum += loss(p, t);
            keep(at, p, t);
        }
    }
    sums[local] = sum;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            sums[local] += sums[local + half];
        }
    }
    if local == 0u && row < batch.rows {
        put(row, sums[0] / f32(COLS));
    }
}
