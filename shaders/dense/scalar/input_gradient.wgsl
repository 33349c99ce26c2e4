// dense/scalar/dx alone, for dense/scalar/blocks.
@group(0) @binding(0) var<storage, read> dz: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

override INPUTS: u32;
override OUTPUTS: u32;

fn rows() -> u32 { return live_rows(); }
fn inner() -> u32 { return OUTPUTS; }
fn cols() -> u32 { return INPUTS; }
fn element_a(i: u32, k: u32) -> f32 { return dx_element_a(i, k); }
fn element_b(k: u32, j: u32) -> f32 { return dx_element_b(k, j); }
fn finish_element(i: u32, j: u32, sum: f32) { dx_finish_element(i, j, sum); }
