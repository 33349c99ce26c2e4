//! The loops of one iteration over all rows of a working set.

use super::lanes::LANES;
use super::smo::LEAST_CURVATURE;
use crate::vectorised::Loops;

/// Finds the largest gradient of a row that can rise, the least of one that can fall, and where the first is.
pub(super) struct Rise<'a> {
    pub(super) gradient: &'a [f64],
    /// 0 where a row can rise, else −∞.
    pub(super) rise: &'a [f64],
    /// 0 where a row can fall, else ∞.
    pub(super) fall: &'a [f64],
}

impl Loops for Rise<'_> {
    type Output = (f64, f64, usize);

    #[inline(always)]
    fn compute(self) -> Self::Output {
        let (gradient, rise, fall) = (chunks(self.gradient), chunks(self.rise), chunks(self.fall));
        let mut best = Best::new(f64::NEG_INFINITY);
        let mut least = [f64::INFINITY; LANES];
        for (group, ((gradient, rise), fall)) in gradient.iter().zip(rise).zip(fall).enumerate() {
            for lane in 0..LANES {
                best.take(lane, group, gradient[lane] + rise[lane]);
                let falling = gradient[lane] + fall[lane];
                least[lane] = if falling < least[lane] { falling } else { least[lane] };
            }
        }
        let (top, first) = best.overall();
        (top, least.into_iter().fold(f64::INFINITY, f64::min), first)
    }
}

/// Finds the row that can fall and gains most with one of the gradient `top`; the gain is 0 where there is none.
pub(super) struct Fall<'a> {
    pub(super) gradient: &'a [f64],
    pub(super) fall: &'a [f64],
    /// The kernel row of the row that rises.
    pub(super) kernel: &'a [f64],
    pub(super) top: f64,
}

impl Loops for Fall<'_> {
    type Output = (f64, usize);

    #[inline(always)]
    fn compute(self) -> Self::Output {
        let (gradient, fall, kernel) = (chunks(self.gradient), chunks(self.fall), chunks(self.kernel));
        let mut best = Best::new(0.0);
        for (group, ((gradient, fall), kernel)) in gradient.iter().zip(fall).zip(kernel).enumerate() {
            for lane in 0..LANES {
                let difference = self.top - (gradient[lane] + fall[lane]);
                let curvature = 2.0 - 2.0 * kernel[lane];
                let curvature = if curvature > LEAST_CURVATURE { curvature } else { LEAST_CURVATURE };
                let positive = if difference > 0.0 { difference } else { 0.0 };
                best.take(lane, group, positive * positive / curvature);
            }
        }
        best.overall()
    }
}

/// Takes from the gradient what two rows' new coefficients bring.
pub(super) struct Step<'a> {
    pub(super) gradient: &'a mut [f64],
    /// The kernel row of the row that rises, and by how much.
    pub(super) rising: &'a [f64],
    pub(super) rose: f64,
    /// The kernel row of the row that falls, and by how much.
    pub(super) falling: &'a [f64],
    pub(super) fell: f64,
}

impl Loops for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn compute(self) {
        let (gradient, _) = self.gradient.as_chunks_mut::<LANES>();
        for ((gradient, rising), falling) in
            gradient.iter_mut().zip(chunks(self.rising)).zip(chunks(self.falling))
        {
            for lane in 0..LANES {
                gradient[lane] -= self.rose * rising[lane] - self.fell * falling[lane];
            }
        }
    }
}

/// The largest value of each lane, and its group.
struct Best {
    values: [f64; LANES],
    groups: [u64; LANES],
}

impl Best {
    #[inline(always)]
    fn new(least: f64) -> Self {
        Self { values: [least; LANES], groups: [0; LANES] }
    }

    #[inline(always)]
    fn take(&mut self, lane: usize, group: usize, value: f64) {
        let better = value > self.values[lane];
        self.values[lane] = if better { value } else { self.values[lane] };
        self.groups[lane] = if better { group as u64 } else { self.groups[lane] };
    }

    /// The largest of all, and the first row that has it.
    #[inline(always)]
    fn overall(self) -> (f64, usize) {
        let row = |lane: usize| self.groups[lane] as usize * LANES + lane;
        let mut best = 0;
        for lane in 1..LANES {
            let (value, most) = (self.values[lane], self.values[best]);
            if value > most || (value == most && row(lane) < row(best)) {
                best = lane;
            }
        }
        (self.values[best], row(best))
    }
}

#[inline(always)]
fn chunks(values: &[f64]) -> &[[f64; LANES]] {
    values.as_chunks().0
}
