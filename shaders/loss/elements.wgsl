// The mean over columns of loss(prediction, target), one workgroup a row, summed in a fixed tree; part(row, at), from loss/one or
// loss/four, sums WIDTH elements from `at` on. loss comes from a file in loss/, put from loss/losses or loss/table, keep from
// loss/value or loss/gradient.
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
    if row < live_rows() {
        for (var j = WIDTH * local; j < COLS; j += WIDTH * 64u) {
            sum += part(row, row * COLS + j);
        }
    }
    sums[local] = sum;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            sums[local] += sums[local + half];
        }
    }
    if local == 0u && row < live_rows() {
        put(row, sums[0] / f32(COLS));
    }
}
