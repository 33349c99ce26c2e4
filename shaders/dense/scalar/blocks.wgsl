// Blocks from single elements, for sizes that are no multiples of 4: joined between a file that defines rows, inner,
// cols, element_a(i, k), element_b(k, j) and finish_element(i, j, sum), and dense/plain, dense/tiled or dense/split.
// They fill from the end, element after element, for the reason that dense/finish gives.
fn a(i: u32, k: u32) -> mat4x4<f32> {
    var block = mat4x4<f32>();
    for (var r = 0u; r < 4u; r++) {
        var row = vec4<f32>();
        for (var q = 0u; q < 4u; q++) {
            var element = 0.0;
            if i + r < rows() && k + q < inner() {
                element = element_a(i + r, k + q);
            }
            row = vec4(row.yzw, element);
        }
        block = mat4x4(block[1], block[2], block[3], row);
    }
    return block;
}

fn b(k: u32, j: u32) -> mat4x4<f32> {
    var block = mat4x4<f32>();
    for (var q = 0u; q < 4u; q++) {
        var row = vec4<f32>();
        for (var c = 0u; c < 4u; c++) {
            var element = 0.0;
            if k + q < inner() && j + c < cols() {
                element = element_b(k + q, j + c);
            }
            row = vec4(row.yzw, element);
        }
        block = mat4x4(block[1], block[2], block[3], row);
    }
    return block;
}

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    var row = sums;
    for (var c = 0u; c < 4u && i < rows() && j + c < cols(); c++) {
        finish_element(i, j + c, row.x);
        row = row.yzwx;
    }
}
