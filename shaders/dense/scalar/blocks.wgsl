// Blocks from single elements, for sizes that are no multiples of 4: joined between a file that defines rows, inner,
// cols, element_a(i, k), element_b(k, j) and finish_element(i, j, sum), and dense/plain, dense/tiled or dense/split.
fn a1(i: u32, k: u32) -> f32 {
    if i < rows() && k < inner() {
        return element_a(i, k);
    }
    return 0.0;
}

fn b1(k: u32, j: u32) -> f32 {
    if k < inner() && j < cols() {
        return element_b(k, j);
    }
    return 0.0;
}

fn a4(i: u32, k: u32) -> vec4<f32> { return vec4(a1(i, k), a1(i, k + 1u), a1(i, k + 2u), a1(i, k + 3u)); }
fn b4(k: u32, j: u32) -> vec4<f32> { return vec4(b1(k, j), b1(k, j + 1u), b1(k, j + 2u), b1(k, j + 3u)); }
fn a(i: u32, k: u32) -> mat4x4<f32> { return mat4x4(a4(i, k), a4(i + 1u, k), a4(i + 2u, k), a4(i + 3u, k)); }
fn b(k: u32, j: u32) -> mat4x4<f32> { return mat4x4(b4(k, j), b4(k + 1u, j), b4(k + 2u, j), b4(k + 3u, j)); }

fn finish_one(i: u32, j: u32, sum: f32) {
    if i < rows() && j < cols() {
        finish_element(i, j, sum);
    }
}

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    finish_one(i, j, sums.x);
    finish_one(i, j + 1u, sums.y);
    finish_one(i, j + 2u, sums.z);
    finish_one(i, j + 3u, sums.w);
}
