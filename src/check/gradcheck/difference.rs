//! Derivatives by differences.
//!
//! Central differences `(f(x + h) - f(x - h)) / 2h` at ever smaller steps are extrapolated to step 0, and of the table
//! that this gives the entry with the smallest estimated error is taken: C. J. F. Ridders, *Accurate computation of
//! F'(x) and F'(x)F''(x)*, Advances in Engineering Software 4 (1982); Press et al., *Numerical Recipes*, third edition
//! (2007), section 5.7. No step has to be chosen: a smooth function is judged by large steps, where rounding is
//! harmless, and one with a kink nearby by those small enough to stay on its side.

use crate::error::Result;

/// The first step; a power of two, so that `x ± h` is exact.
const FIRST_STEP: f64 = 1.0 / 8.0;

/// Steps at most, each half of the one before; the last is 3·10⁻⁵.
const STEPS: usize = 13;

/// Columns of a table at most.
const COLUMNS: usize = 6;

/// The estimated error, relative to the derivative, at which no smaller step is tried.
const ENOUGH: f64 = 1e-11;

/// Times the values that change, over the step: what a central difference is off by through rounding. A value is itself
/// a sum of many terms.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// How much of the derivative the slopes of both sides may differ by: more is a kink.
const KINK: f64 = 1e-5;

/// A derivative found by differences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    /// About how far off it is.
    pub(super) error: f64,
    /// Whether the slopes of both sides differ.
    pub(super) kink: bool,
}

/// The derivative at `x` of the sum of `f`'s values, which are `here` there. Differences are taken value by value, so
/// that those that do not depend on `x` bring no rounding in.
///
/// # Errors
/// That of `f`.
pub(super) fn derivative(
    x: f64,
    here: &[f64],
    mut f: impl FnMut(f64) -> Result<Vec<f64>>,
) -> Result<Estimate> {
    // Central differences err by even powers of the step; the difference of both sides' slopes by all powers.
    let (mut slope, mut jump) = (Table::new(4.0), Table::new(2.0));
    for step in 0..STEPS {
        let h = FIRST_STEP / f64::from(1 << step);
        let (above, below) = (f(x + h)?, f(x - h)?);
        let [mut first, mut second, mut rounding] = [0.0; 3];
        for ((above, below), here) in above.iter().zip(&below).zip(here) {
            first += above - below;
            second += (above - here) + (below - here);
            rounding += if above == below && above == here { 0.0 } else { here.abs() };
        }
        let rounding = ROUNDING * rounding / h;
        slope.push(first / (2.0 * h), rounding);
        jump.push(second / h, 2.0 * rounding);
        if step > 2 && slope.error() <= ENOUGH * slope.value().abs() {
            break;
        }
    }
    let (value, error) = (slope.value(), slope.error());
    let kink = jump.value().abs() > KINK * value.abs() + 10.0 * (jump.error() + error);
    Ok(Estimate { value, error, kink })
}

/// Extrapolation to step 0 by the scheme of Neville: in column `j`, the `j` lowest powers of the error are gone.
struct Table {
    /// What the lowest power of the step shrinks by from row to row.
    ratio: f64,
    row: Vec<f64>,
    /// The two entries with the smallest estimated errors, and these.
    best: [(f64, f64); 2],
}

impl Table {
    fn new(ratio: f64) -> Self {
        Self { ratio, row: Vec::new(), best: [(f64::NAN, f64::INFINITY); 2] }
    }

    fn value(&self) -> f64 {
        self.best[0].0
    }

    /// Among many entries one can look exact by chance; two that agree hardly can.
    fn error(&self) -> f64 {
        let [(first, error), (second, _)] = self.best;
        if second.is_nan() { f64::INFINITY } else { error.max((first - second).abs()) }
    }

    /// Adds the row that begins with the difference at the next step, which may be off by `rounding`.
    fn push(&mut self, difference: f64, rounding: f64) {
        let mut row = vec![difference];
        let mut factor = self.ratio;
        for (column, above) in self.row.iter().take(COLUMNS).enumerate() {
            let left = row[column];
            let entry = left + (left - above) / (factor - 1.0);
            let error = (entry - left).abs().max((entry - above).abs()) + rounding;
            if error < self.best[0].1 {
                self.best = [(entry, error), self.best[0]];
            } else if error < self.best[1].1 {
                self.best[1] = (entry, error);
            }
            row.push(entry);
            factor *= self.ratio;
        }
        self.row = row;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(x: f64, f: impl Fn(f64) -> f64) -> Estimate {
        derivative(x, &[f(x), 1.0], |x| Ok(vec![f(x), 1.0])).unwrap()
    }

    type Function = fn(f64) -> f64;

    #[test]
    fn smooth_functions_are_differentiated_almost_exactly() {
        let cases: [(Function, Function); 5] = [
            (f64::exp, f64::exp),
            (f64::sin, f64::cos),
            (f64::tanh, |x| 1.0 - x.tanh().powi(2)),
            (|x| 3.0 * x - 1.0, |_| 3.0),
            (|x| (x + 2.5).ln(), |x| 1.0 / (x + 2.5)),
        ];
        for (number, (f, slope)) in cases.into_iter().enumerate() {
            for x in [-2.0, -0.7, 0.0, 0.3, 1.9] {
                let found = of(x, f);
                let off = (found.value - slope(x)).abs();
                assert!(off < 1e-11 && found.error < 1e-9 && !found.kink, "{number} at {x}: {found:?}");
            }
        }
    }

    #[test]
    fn a_large_constant_beside_the_function_costs_few_digits() {
        let found = of(0.4, |x| 1e3 + x.sin());
        assert!((found.value - 0.4f64.cos()).abs() < 1e-10, "{found:?}");
    }

    #[test]
    fn a_kink_nearby_is_kept_away_from() {
        for (distance, side) in [0.1, 0.03, 0.004, 4e-4].iter().flat_map(|d| [(*d, -1.0), (*d, 1.0)]) {
            let found = of(side * distance, |x: f64| x.exp() * x.abs());
            let slope = (side * distance).exp() * (distance + side);
            assert!(!found.kink, "{distance}: {found:?}");
            assert!((found.value - slope).abs() < 1e-7 && found.error < 1e-6, "{distance}: {found:?}");
        }
    }

    #[test]
    fn a_kink_too_near_for_two_estimates_to_agree_makes_the_error_large() {
        for side in [-1.0, 1.0] {
            let found = of(side * 1e-4, |x: f64| x.exp() * x.abs());
            assert!(found.kink || found.error > 1e-2, "{found:?}");
        }
    }

    #[test]
    fn a_kink_at_or_beside_the_point_is_found() {
        for distance in [0.0, 1e-14, 1e-9, 1e-6] {
            let found = of(distance, |x: f64| x.max(0.0) + 0.1 * x.sin());
            assert!(found.kink || found.error > 1e-7, "{distance}: {found:?}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_not_taken_for_a_derivative() {
        let found = of(0.0, |_| f64::NAN);
        assert!(found.value.is_nan() && found.error.is_infinite());
    }
}
