// The bias of a filter, a further row of W if there is one.
fn bias_of(at: u32) -> f32 {
    if BIAS == 1u {
        return w_element(taps(), at % FILTERS);
    }
    return 0.0;
}
