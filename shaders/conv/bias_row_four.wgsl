// The bias of four filters, a further row of W if there is one.
fn bias_of(at: u32) -> vec4<f32> {
    if BIAS == 1u {
        return w_row(taps(), at % (FILTERS / 4u) * 4u);
    }
    return vec4<f32>();
}
