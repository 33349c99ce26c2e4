// y = activation(x · W + b). x: rows × INPUTS, w: (INPUTS + BIAS) × OUTPUTS with b as its last row, y: rows × OUTPUTS.
// activation(z) comes from a file in activation/; for dense/scalar/blocks.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override INPUTS: u32;
override OUTPUTS: u32;
override BIAS: u32;

fn rows() -> u32 { return live_rows(); }
fn inner() -> u32 { return INPUTS; }
fn cols() -> u32 { return OUTPUTS; }
fn element_a(i: u32, k: u32) -> f32 { return x[i * INPUTS + k]; }
fn element_b(k: u32, j: u32) -> f32 { return w[k * OUTPUTS + j]; }

fn finish_element(i: u32, j: u32, sum: f32) {
    var z = sum;
    if BIAS == 1u {
        z += w[INPUTS * OUTPUTS + j];
    }
    y[i * OUTPUTS + j] = activation(z);
}
