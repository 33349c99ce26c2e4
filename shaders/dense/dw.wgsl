// The product dW = xᵀ · dz in blocks, its last row, if there is a bias, the column sums of dz: as if x had a column of
// ones. x: rows × INPUTS; dz: rows × OUTPUTS; dw: (INPUTS + BIAS) × OUTPUTS.
fn dw_x4(k: u32, i: u32) -> vec4<f32> { return wide(x[(min(k, live_rows() - 1u) * INPUTS + i) / 4u]); }

// Samples past the batch count as zeros.
fn dw_z4(k: u32, j: u32) -> vec4<f32> {
    let z = wide(dz[(min(k, live_rows() - 1u) * OUTPUTS + min(j, OUTPUTS - 4u)) / 4u]);
    return select(vec4<f32>(), z, k < live_rows());
}

fn dw_a(i: u32, k: u32) -> mat4x4<f32> {
    let at = min(i, INPUTS - 4u);
    let block = transpose(mat4x4(dw_x4(k, at), dw_x4(k + 1u, at), dw_x4(k + 2u, at), dw_x4(k + 3u, at)));
    if i < INPUTS {
        return block;
    }
    return mat4x4(vec4(1.0), vec4<f32>(), vec4<f32>(), vec4<f32>());
}

fn dw_b(k: u32, j: u32) -> mat4x4<f32> {
    return mat4x4(dw_z4(k, j), dw_z4(k + 1u, j), dw_z4(k + 2u, j), dw_z4(k + 3u, j));
}

fn dw_finish_row(i: u32, j: u32, sums: vec4<f32>) {
    if i < INPUTS + BIAS && j < OUTPUTS {
        dw[(i * OUTPUTS + j) / 4u] = sums;
    }
}
