// x^exponent. NaN stays, and a negative x gives it unless the exponent is whole. WGSL's pow is undefined for negative x, and off by
// 1e-5 where the result is large: whole exponents and halves up to MOST are products and a root instead.
const MOST = 64.0;

// Some drivers' pow gives a number for what is 0 or subnormal; here that counts as 0.
fn pow_of_size(size: f32, exponent: f32) -> f32 {
    let infinity = bitcast<f32>((bitcast<u32>(size) & 0u) | 0x7f800000u);
    let of_zero = select(0.0, infinity, exponent < 0.0);
    return select(pow(size, exponent), of_zero, bitcast<u32>(size) < 0x00800000u);
}

fn power(x: f32, exponent: f32) -> f32 {
    let size = abs(exponent);
    let rest = fract(size);
    let negative = is_negative(x);
    if size > MOST || (rest != 0.0 && rest != 0.5) {
        let value = pow_of_size(abs(x), exponent);
        let odd = fract(0.5 * size) != 0.0;
        let value_below = select(not_a_number(x), select(value, -value, odd), rest == 0.0);
        return or_nan(select(value, value_below, negative), x);
    }
    // The root of a large x is inverted, not the root of its inverse taken, which is subnormal.
    let root = select(sqrt(x), 1.0 / sqrt(x), exponent < 0.0);
    var value = select(1.0, select(root, not_a_number(x), negative), rest == 0.5);
    var square = select(x, 1.0 / x, exponent < 0.0);
    for (var left = u32(size); left > 0u; left /= 2u) {
        value = select(value, value * square, left % 2u == 1u);
        square *= square;
    }
    return or_nan(value, x);
}
