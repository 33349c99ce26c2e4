// A block of the result, row by row; finish_row(i, j, row) comes from the product. The rows take turns in the first
// place: an index that changes into a matrix is more than some compilers can do, and the loop written out makes others slow.
fn finish(i: u32, j: u32, sums: mat4x4<f32>) {
    var turning = sums;
    for (var r = 0u; r < 4u; r++) {
        finish_row(i + r, j, turning[0]);
        turning = mat4x4(turning[1], turning[2], turning[3], turning[0]);
    }
}
