// dense/dw alone; dense/plain says what is joined.
@group(0) @binding(0) var<storage, read> x: array<Stored4>;
@group(0) @binding(1) var<storage, read> dz: array<Stored4>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4<f32>>;

override INPUTS: u32;
override OUTPUTS: u32;
override BIAS: u32;

fn rows() -> u32 { return INPUTS + BIAS; }
fn inner() -> u32 { return live_rows(); }
fn cols() -> u32 { return OUTPUTS; }
fn a(i: u32, k: u32) -> mat4x4<f32> { return dw_a(i, k); }
fn b(k: u32, j: u32) -> mat4x4<f32> { return dw_b(k, j); }
fn finish_row(i: u32, j: u32, sums: vec4<f32>) { dw_finish_row(i, j, sums); }
