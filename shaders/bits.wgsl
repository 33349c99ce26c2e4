// What a number is, by its bits: compilers need not heed NaN and infinity where numbers are compared, nor do all drivers' exp
// and log.
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

// A value that was computed from x, or NaN where x is that.
fn or_nan(value: f32, x: f32) -> f32 { return select(value, x, is_nan(x)); }

// Whether x is less than 0, -infinity included and NaN not.
fn is_negative(x: f32) -> bool { return bitcast<u32>(x) - 0x80000001u < 0x7f800000u; }

// NaN, from the bits of x, since WGSL refuses constants that are not finite.
fn not_a_number(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) | 0x7fc00000u); }
