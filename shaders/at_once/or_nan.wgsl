// Values that were computed from x, or NaN where x is that.
fn numbers_or_nan(values: Numbers, x: Numbers) -> Numbers {
    return select(values, x, (bitcast<Bits>(x) & Bits(0x7fffffffu)) > Bits(0x7f800000u));
}
