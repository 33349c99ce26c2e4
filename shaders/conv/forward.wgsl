// y = epilogue(patches(x) · W), a row for each place. Patches come from a file conv/x_…, W and y from conv/w_…, the epilogue from
// conv/activated_…, conv/slope_… or conv/sum_…; dense/plain says what else is joined. W has a row for each tap, (ky, kx, channel), and
// FILTERS columns. Of a transposed convolution this is the gradient of the input: x and y are then the gradients.
override FILTERS: u32;
override BIAS: u32;

fn rows() -> u32 { return places(); }
fn inner() -> u32 { return filled_taps(); }
fn cols() -> u32 { return FILTERS; }
fn a(i: u32, k: u32) -> mat4x4<f32> { return patch_block(i, k); }

fn b(k: u32, j: u32) -> mat4x4<f32> {
    return mat4x4(w_row(tap_of(k), j), w_row(tap_of(k + 1u), j), w_row(tap_of(k + 2u), j), w_row(tap_of(k + 3u), j));
}
