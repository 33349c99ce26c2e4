// f(x) = max(x, 0), with slope 0 at 0. NaN stays, which compilers need not heed where numbers are compared: so the bits
// are, and x is negative from that of the least to that of infinity.
fn activation(x: f32) -> f32 { return select(x, 0.0, bitcast<u32>(x) - 0x80000001u < 0x7f800000u); }
fn slope(y: f32) -> f32 { return select(0.0, 1.0, y > 0.0); }
