// The product dx = dz · Wᵀ by single elements, times a slope if dense/scalar/slope is joined and not dense/scalar/sum.
// dz: rows × OUTPUTS, w: (INPUTS + BIAS) × OUTPUTS, dx: rows × INPUTS.
fn dx_element_a(i: u32, k: u32) -> f32 { return dz[i * OUTPUTS + k]; }
fn dx_element_b(k: u32, j: u32) -> f32 { return w[j * OUTPUTS + k]; }

fn dx_finish_element(i: u32, j: u32, sum: f32) {
    let at = i * INPUTS + j;
    dx[at] = epilogue(at, sum);
}
