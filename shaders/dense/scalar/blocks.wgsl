// Blocks from single elements, for sizes that are no multiples of 4: joined between a file that defines rows, inner,
// cols, element_a(i, k), element_b(k, j) and finish_element(i, j, sum), and dense/plain, dense/tiled or dense/split.
fn a(i: u32, k: u32) -> mat4x4<f32> {
    var block = mat4x4<f32>();
    for (var r = 0u; r < 4u; r++) {
        for (var q = 0u; q < 4u && i + r < rows() && k + q < inner(); q++) {
            block[r][q] = element_a(i + r, k + q);
        }
    }
    return block;
}

fn b(k: u32, j: u32) -> mat4x4<f32> {
    var block = mat4x4<f32>();
    for (var q = 0u; q < 4u; q++) {
        for (var c = 0u; c < 4u && k + q < inner() && j + c < cols(); c++) {
            block[q][c] = element_b(k + q, j + c);
        }
    }
    return block;
}

fn finish(i: u32, j: u32, sums: mat4x4<f32>) {
    var kept = sums;
    for (var r = 0u; r < 4u; r++) {
        for (var c = 0u; c < 4u && i + r < rows() && j + c < cols(); c++) {
            finish_element(i + r, j + c, kept[r][c]);
        }
    }
}
