// The product dx = dz · Wᵀ in blocks, times a slope if dense/slope is joined and not dense/sum.
// How numbers are stored comes from a file in number/. dz: rows × OUTPUTS; w: (INPUTS + BIAS) × OUTPUTS; dx: rows × INPUTS.
fn dx_z4(i: u32, k: u32) -> vec4<f32> { return wide(dz[(min(i, live_rows() - 1u) * OUTPUTS + k) / 4u]); }
fn dx_w4(j: u32, k: u32) -> vec4<f32> { return wide(w[(min(j, INPUTS - 1u) * OUTPUTS + k) / 4u]); }

fn dx_a(i: u32, k: u32) -> mat4x4<f32> {
    return mat4x4(dx_z4(i, k), dx_z4(i + 1u, k), dx_z4(i + 2u, k), dx_z4(i + 3u, k));
}

fn dx_b(k: u32, j: u32) -> mat4x4<f32> {
    return transpose(mat4x4(dx_w4(j, k), dx_w4(j + 1u, k), dx_w4(j + 2u, k), dx_w4(j + 3u, k)));
}

fn dx_finish_row(i: u32, j: u32, sums: vec4<f32>) {
    if i < live_rows() && j < INPUTS {
        let at = (i * INPUTS + j) / 4u;
        dx[at] = stored(epilogue(at, sums));
    }
}
