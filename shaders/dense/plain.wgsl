// The product C = A · B without workgroup memory, for software adapters: 8 rows × 8 columns of C per invocation.
// Joined, as dense/tiled and dense/split are, behind dense/finish, dense/product and a file that defines 4 × 4 blocks, a column
// of a mat4x4 being a row of the block: a(i, k) of A from row i and column k on, b(k, j) of B. k goes from first(p, i) to
// last(p, i), which dense/inner has for products that sum over the whole inner dimension; past the other edges blocks hold any
// numbers. product comes from dense/whole, which asks for rows, inner and cols, or from a file of two products.
@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let p = product(group.y * groups.x + group.x);
    let number = p.tile * 8u + local;
    let across = (p.cols + 7u) / 8u;
    let i = (number / across) * 8u;
    let j = (number % across) * 8u;
    if i >= p.rows {
        return;
    }
    var s00 = mat4x4<f32>();
    var s01 = mat4x4<f32>();
    var s10 = mat4x4<f32>();
    var s11 = mat4x4<f32>();
    let end = last(p, i);
    for (var k = first(p, i); k < end; k += 4u) {
        let b0 = b(k, j);
        let b1 = b(k, j + 4u);
        let a0 = a(i, k);
        s00 += b0 * a0;
        s01 += b1 * a0;
        let a1 = a(i + 4u, k);
        s10 += b0 * a1;
        s11 += b1 * a1;
    }
    finish(i, j, s00);
    finish(i, j + 4u, s01);
    finish(i + 4u, j, s10);
    finish(i + 4u, j + 4u, s11);
}
