// dense/dx alone; dense/plain says what is joined.
@group(0) @binding(0) var<storage, read> dz: array<Stored4>;
@group(0) @binding(1) var<storage, read> w: array<Stored4>;
@group(0) @binding(2) var<storage, read_write> dx: array<Stored4>;

override INPUTS: u32;
override OUTPUTS: u32;

fn rows() -> u32 { return live_rows(); }
fn inner() -> u32 { return OUTPUTS; }
fn cols() -> u32 { return INPUTS; }
fn a(i: u32, k: u32) -> mat4x4<f32> { return dx_a(i, k); }
fn b(k: u32, j: u32) -> mat4x4<f32> { return dx_b(k, j); }
fn finish_row(i: u32, j: u32, sums: vec4<f32>) { dx_finish_row(i, j, sums); }
