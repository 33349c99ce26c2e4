// A block of the result, row by row; finish_row(i, j, row) comes from the product. Written out, since an index that
// changes in a loop would move the block to memory.
fn finish(i: u32, j: u32, sums: mat4x4<f32>) {
    finish_row(i, j, sums[0]);
    finish_row(i + 1u, j, sums[1]);
    finish_row(i + 2u, j, sums[2]);
    finish_row(i + 3u, j, sums[3]);
}
