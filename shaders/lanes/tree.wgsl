// Sums over the invocations of a workgroup, in a fixed tree: of those whose numbers differ by a multiple of `width`, a power of 2.
// The first barrier waits for whoever still reads the sums before.
var<workgroup> parts: array<f32, 64>;

fn tree(part: f32, lane: u32, width: u32) -> f32 {
    workgroupBarrier();
    parts[lane] = part;
    for (var half = 32u; half >= width; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            parts[lane] += parts[lane + half];
        }
    }
    workgroupBarrier();
    return parts[lane % width];
}
