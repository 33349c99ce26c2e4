//! The loops of one iteration over all rows of a working set.

use super::lanes::LANES;
use crate::program::vectorised::Loops;

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
        let (top, first) = largest(gradient.len(), |group| sums(&gradient[group], &rise[group]));
        let mut least = [f64::INFINITY; LANES];
        for (gradient, fall) in gradient.iter().zip(fall) {
            for (least, value) in least.iter_mut().zip(sums(gradient, fall)) {
                *least = if value < *least { value } else { *least };
            }
        }
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
        largest(gradient.len(), |group| {
            let mut gains = sums(&gradient[group], &fall[group]);
            for (gain, kernel) in gains.iter_mut().zip(&kernel[group]) {
                let difference = self.top - *gain;
                let positive = if difference > 0.0 { difference } else { 0.0 };
                *gain = positive * positive / curvature(*kernel);
            }
            gains
        })
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

/// `K_ii + K_jj − 2 K_ij` of the kernel value `K_ij`. Between equal rows it is 0, and a step ends at a bound.
#[inline(always)]
pub(super) fn curvature(kernel: f64) -> f64 {
    2.0 - 2.0 * kernel
}

/// Groups whose largest value is found before where it is: the second takes longer.
const BLOCK: usize = 8;

/// The largest of the values in all groups, and the first row that has it.
#[inline(always)]
fn largest(groups: usize, values: impl Fn(usize) -> [f64; LANES]) -> (f64, usize) {
    let (mut most, mut block) = (f64::NEG_INFINITY, 0);
    for start in (0..groups).step_by(BLOCK) {
        let mut lanes = [f64::NEG_INFINITY; LANES];
        for group in start..groups.min(start + BLOCK) {
            for (lane, value) in lanes.iter_mut().zip(values(group)) {
                *lane = if value > *lane { value } else { *lane };
            }
        }
        let here = lanes.into_iter().fold(f64::NEG_INFINITY, f64::max);
        if here > most {
            (most, block) = (here, start);
        }
    }
    for group in block..groups.min(block + BLOCK) {
        if let Some(lane) = values(group).iter().position(|value| *value == most) {
            return (most, group * LANES + lane);
        }
    }
    (most, 0)
}

#[inline(always)]
fn sums(a: &[f64; LANES], b: &[f64; LANES]) -> [f64; LANES] {
    let mut sums = *a;
    for (sum, b) in sums.iter_mut().zip(b) {
        *sum += b;
    }
    sums
}

#[inline(always)]
fn chunks(values: &[f64]) -> &[[f64; LANES]] {
    values.as_chunks().0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// Gradients with equal ones among them, and some rows that cannot rise or fall.
    fn rows(count: usize) -> [Vec<f64>; 4] {
        let mut stream = Stream::numbered(5, 1);
        let gradient = (0..count).map(|_| (8.0 * stream.normal()).round() / 8.0).collect();
        let bound =
            |row: usize, every: usize, closed: f64| if row.is_multiple_of(every) { closed } else { 0.0 };
        let rise = (0..count).map(|row| bound(row, 3, f64::NEG_INFINITY)).collect();
        let fall = (0..count).map(|row| bound(row, 5, f64::INFINITY)).collect();
        let kernel = (0..count).map(|row| (row % 11) as f64 / 10.0).collect();
        [gradient, rise, fall, kernel]
    }

    #[test]
    fn the_first_of_the_largest_is_found() {
        for groups in [1, 3, BLOCK, BLOCK + 1, 5 * BLOCK + 2] {
            let [gradient, rise, fall, kernel] = rows(groups * LANES);
            let (top, bottom, first) = Rise { gradient: &gradient, rise: &rise, fall: &fall }.run();
            let can_rise: Vec<f64> = gradient.iter().zip(&rise).map(|(g, r)| g + r).collect();
            let can_fall: Vec<f64> = gradient.iter().zip(&fall).map(|(g, f)| g + f).collect();
            assert_eq!(top, can_rise.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            assert_eq!(bottom, can_fall.iter().copied().fold(f64::INFINITY, f64::min));
            assert_eq!(Some(first), can_rise.iter().position(|value| *value == top));
            let gain = |row: usize| (top - can_fall[row]).max(0.0).powi(2) / curvature(kernel[row]);
            let (best, second) = Fall { gradient: &gradient, fall: &fall, kernel: &kernel, top }.run();
            let gains: Vec<f64> = (0..gradient.len()).map(gain).collect();
            assert_eq!(best, gains.iter().copied().fold(0.0, f64::max));
            assert_eq!(Some(second), gains.iter().position(|gain| *gain == best));
        }
    }
}
