// The product C = A · B for large C: a workgroup computes 64 × 64 of it, 16 columns of A and rows of B at a time, which
// its invocations load together; each adds up 2 × 2 blocks. What it is joined behind is said in dense/plain.
// Block (r, q) of A lies in left[4q .. 4q + 4][r], row by row, block (q, c) of B in right[4q .. 4q + 4][c]: so that
// invocations side by side read vectors side by side.
var<workgroup> left: array<array<vec4<f32>, 16>, 16>;
var<workgroup> right: array<array<vec4<f32>, 16>, 16>;

fn left_block(q: u32, r: u32) -> mat4x4<f32> {
    return mat4x4(left[4u * q][r], left[4u * q + 1u][r], left[4u * q + 2u][r], left[4u * q + 3u][r]);
}

fn right_block(q: u32, c: u32) -> mat4x4<f32> {
    return mat4x4(right[4u * q][c], right[4u * q + 1u][c], right[4u * q + 2u][c], right[4u * q + 3u][c]);
}

fn load(top: u32, side: u32, k: u32, end: u32, local: u32) {
    let q = local / 16u;
    let at = local % 16u;
    var of_a = mat4x4<f32>();
    var of_b = mat4x4<f32>();
    if k + 4u * q < end {
        of_a = a(top + 4u * at, k + 4u * q);
        of_b = b(k + 4u * q, side + 4u * at);
    }
    left[4u * q][at] = of_a[0];
    left[4u * q + 1u][at] = of_a[1];
    left[4u * q + 2u][at] = of_a[2];
    left[4u * q + 3u][at] = of_a[3];
    right[4u * q][at] = of_b[0];
    right[4u * q + 1u][at] = of_b[1];
    right[4u * q + 2u][at] = of_b[2];
    right[4u * q + 3u][at] = of_b[3];
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let p = product(group.y * groups.x + group.x);
    let across = (p.cols + 63u) / 64u;
    let top = (p.tile / across) * 64u;
    let side = (p.tile % across) * 64u;
    let r = local / 8u;
    let c = local % 8u;
    var s00 = mat4x4<f32>();
    var s01 = mat4x4<f32>();
    var s10 = mat4x4<f32>();
    var s11 = mat4x4<f32>();
    let end = last(p, top);
    for (var k = first(p, top); k < end; k += 16u) {
        load(top, side, k, end, local);
        workgroupBarrier();
        for (var q = 0u; q < 4u; q++) {
            let b0 = right_block(q, c);
            let b1 = right_block(q, c + 8u);
            let a0 = left_block(q, r);
            s00 += b0 * a0;
            s01 += b1 * a0;
            let a1 = left_block(q, r + 8u);
            s10 += b0 * a1;
            s11 += b1 * a1;
        }
        workgroupBarrier();
    }
    let i = top + 4u * r;
    let j = side + 4u * c;
    finish(i, j, s00);
    finish(i, j + 32u, s01);
    finish(i + 32u, j, s10);
    finish(i + 32u, j + 32u, s11);
}
