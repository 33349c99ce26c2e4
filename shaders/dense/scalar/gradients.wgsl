// dense/scalar/dx and dense/scalar/dw, as dense/both shares out workgroups; for dense/scalar/blocks.
@group(0) @binding(0) var<storage, read> dz: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read_write> dw: array<f32>;

fn rows() -> u32 { return select(live_rows(), INPUTS + BIAS, of_weights); }
fn inner() -> u32 { return select(OUTPUTS, live_rows(), of_weights); }
fn cols() -> u32 { return select(INPUTS, OUTPUTS, of_weights); }

fn element_a(i: u32, k: u32) -> f32 {
    if of_weights {
        return dw_element_a(i, k);
    }
    return dx_element_a(i, k);
}

fn element_b(k: u32, j: u32) -> f32 {
    if of_weights {
        return dw_element_b(k, j);
    }
    return dx_element_b(k, j);
}

fn finish_element(i: u32, j: u32, sum: f32) {
    if of_weights {
        dw_finish_element(i, j, sum);
    } else {
        dx_finish_element(i, j, sum);
    }
}
