// The product dW = xᵀ · dz by single elements, and its last row, if there is a bias, the column sums of dz: as if x had a column of
// ones. x: rows × INPUTS, dz: rows × OUTPUTS, dw: (INPUTS + BIAS) × OUTPUTS.
fn dw_element_b(k: u32, j: u32) -> f32 { return dz[k * OUTPUTS + j]; }

fn dw_element_a(i: u32, k: u32) -> f32 {
    if i == INPUTS {
        return 1.0;
    }
    return x[k * INPUTS + i];
}

fn dw_finish_element(i: u32, j: u32, sum: f32) { dw[i * OUTPUTS + j] = sum; }
