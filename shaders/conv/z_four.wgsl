// dz and dW by four filters, for conv/weight_gradient. Places past the batch count as zeros.
@group(0) @binding(1) var<storage, read> dz: array<Stored4>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4<f32>>;

fn z_row(k: u32, j: u32) -> vec4<f32> {
    let z = wide(dz[(min(k, places() - 1u) * FILTERS + min(j, FILTERS - 4u)) / 4u]);
    return select(vec4<f32>(), z, k < places());
}

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    if is_of_part(i) && j < FILTERS {
        dw[(row_of_dw(i) * FILTERS + j) / 4u] = sums;
    }
}
