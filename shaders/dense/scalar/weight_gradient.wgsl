// dense/scalar/dw alone, for dense/scalar/blocks.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dz: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;

override INPUTS: u32;
override OUTPUTS: u32;
override BIAS: u32;

fn rows() -> u32 { return INPUTS + BIAS; }
fn inner() -> u32 { return live_rows(); }
fn cols() -> u32 { return OUTPUTS; }
fn element_a(i: u32, k: u32) -> f32 { return dw_element_a(i, k); }
fn element_b(k: u32, j: u32) -> f32 { return dw_element_b(k, j); }
fn finish_element(i: u32, j: u32, sum: f32) { dw_finish_element(i, j, sum); }
