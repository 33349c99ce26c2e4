// The product C = A · B for small C and a long inner dimension, which `slices` invocations share: each adds up every
// slices-th block of it, and a fixed tree adds their sums. A workgroup computes 64 / slices blocks of 4 × 4.
// What it is joined behind is said in dense/plain; slices is a power of 2.
var<workgroup> sums: array<mat4x4<f32>, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let p = product(group.y * groups.x + group.x);
    let blocks = 64u / p.slices;
    let number = p.tile * blocks + local % blocks;
    let across = (p.cols + 3u) / 4u;
    let i = (number / across) * 4u;
    let j = (number % across) * 4u;
    var sum = mat4x4<f32>();
    let end = last(p, i);
    for (var k = first(p, i) + 4u * (local / blocks); k < end; k += 4u * p.slices) {
        sum += b(k, j) * a(i, k);
    }
    sums[local] = sum;
    for (var half = 32u; half >= blocks; half /= 2u) {
        workgroupBarrier();
        if local < half {
            sums[local] += sums[local + half];
        }
    }
    if local < blocks {
        finish(i, j, sums[local]);
    }
}
