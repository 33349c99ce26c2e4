//! The upper tail of the standard normal distribution, relative to `e^(-x²/2)`.

use super::Real;

/// Where the polynomials' variable is 0.
const MIDDLE: f64 = 4.0;

/// `(x + 4) e^(x²/2) ½ erfc(x/√2)` as a polynomial in `y = (x - 4) / (x + 4)`, the variable of Shepherd and Laframboise
/// ("Chebyshev Approximation of (1 + 2x) exp(x²) erfc x", 1981). It is interpolated at Chebyshev nodes, for `x` up to
/// 13.5 and up to 39: `tests/gelu/tail.py` prints both lists. The first is off by 1.2·10⁻⁸ before rounding, the other
/// by 4·10⁻¹⁷.
pub(super) const SINGLE: [f64; 10] = [
    7.552_851_38e-1,
    -6.078_966_306e-1,
    3.871_366_971e-1,
    -1.865_223_455e-1,
    6.040_682_435e-2,
    -7.531_534_601e-3,
    -3.528_755_526e-3,
    1.576_009_655e-3,
    2.084_661_617e-4,
    -1.171_377_523e-4,
];

/// The same for `f64`.
pub(super) const DOUBLE: [f64; 23] = [
    7.552_851_304_157_515e-1,
    -6.078_966_419_718_917e-1,
    3.871_374_007_422_188_6e-1,
    -1.865_218_579_596_941_7e-1,
    6.039_657_489_069_947e-2,
    -7.540_188_965_593_059e-3,
    -3.479_692_362_242_533_2e-3,
    1.630_818_441_890_359_6e-3,
    1.333_442_540_190_491_2e-4,
    -2.310_948_183_193_762e-4,
    -1.907_866_531_661_357e-6,
    3.514_418_115_776_097_3e-5,
    7.150_055_959_216_099e-7,
    -5.918_892_731_763_236e-6,
    -6.251_321_040_478_68e-7,
    1.019_804_851_813_517_2e-6,
    2.636_824_857_640_762_4e-7,
    -1.542_632_053_677_107_5e-7,
    -7.638_082_053_490_45e-8,
    1.457_859_334_703_646e-8,
    1.392_402_399_350_171e-8,
    7.269_545_479_026_69e-11,
    -9.653_425_420_228_504e-10,
];

#[inline(always)]
pub(super) fn scaled<T: Real, const N: usize>(x: T, coefficients: &[f64; N]) -> T {
    let middle = T::of(MIDDLE);
    let inverse = T::one() / (x + middle);
    let y = (x - middle) * inverse;
    let sum = coefficients.iter().rev().fold(T::zero(), |sum, coefficient| sum * y + T::of(*coefficient));
    sum * inverse
}
