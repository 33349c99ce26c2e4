// dx = dz · Wᵀ, times a slope if dense/scalar/slope is joined and not dense/scalar/sum; for dense/scalar/blocks.
// dz: rows × OUTPUTS, w: (INPUTS + BIAS) × OUTPUTS, dx: rows × INPUTS.
@group(0) @binding(0) var<storage, read> dz: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

override INPUTS: u32;
override OUTPUTS: u32;

fn rows() -> u32 { return live_rows(); }
fn inner() -> u32 { return OUTPUTS; }
fn cols() -> u32 { return INPUTS; }
fn element_a(i: u32, k: u32) -> f32 { return dz[i * OUTPUTS + k]; }
fn element_b(k: u32, j: u32) -> f32 { return w[j * OUTPUTS + k]; }

fn finish_element(i: u32, j: u32, sum: f32) {
    let at = i * INPUTS + j;
    dx[at] = epilogue(at, sum);
}
