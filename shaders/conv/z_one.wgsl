// dz and dW by single numbers, for conv/weight_gradient. Places past the batch count as zeros.
@group(0) @binding(1) var<storage, read> dz: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;

fn z_element(k: u32, j: u32) -> f32 {
    let z = dz[min(k, places() - 1u) * FILTERS + min(j, FILTERS - 1u)];
    return select(0.0, z, k < places());
}

fn z_row(k: u32, j: u32) -> vec4<f32> {
    return vec4(z_element(k, j), z_element(k, j + 1u), z_element(k, j + 2u), z_element(k, j + 3u));
}

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    var row = sums;
    for (var c = j; c < j + 4u && is_of_part(i) && c < FILTERS; c++) {
        dw[row_of_dw(i) * FILTERS + c] = row.x;
        row = row.yzwx;
    }
}
