//! Sequential minimal optimisation: two rows at a time, until the rows of a working set are optimal.
//!
//! The dual problem in signed coefficients `α_i = y_i × (libsvm's α_i)` is to maximise `Σ α_i y_i − ½ Σ α_i α_j K_ij`
//! where `Σ α_i = 0` and `lower_i ≤ α_i ≤ upper_i`; its gradient is `g_i = y_i − Σ α_j K_ij` (Bordes, Ertekin, Weston
//! and Bottou, "Fast Kernel Classifiers with Online and Active Learning", 2005). A row that can rise pairs with one that can
//! fall. The second is the one that gains most by the quadratic model of the objective (Fan, Chen and Lin, "Working Set
//! Selection Using Second Order Information for Training Support Vector Machines", 2005). Rows at a bound that look settled
//! are left out of the working set (Chang and Lin, "LIBSVM: A Library for Support Vector Machines", 2011, section 5.1).

use super::SvmError;
use super::binary::Points;
use super::cache::RowCache;
use super::lanes::{LANES, Lanes};
use super::selection::{Fall, Rise, Step, curvature};
use super::watch::Watch;
use crate::program::vectorised::Loops as _;

/// Iterations between two looks at which rows may leave.
const SHRINK_EVERY: u64 = 1000;
/// The working set is made anew where this share of it may leave: it moves all cached kernel rows.
const WORTH_LEAVING: f64 = 0.1;

/// How the work on a working set ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// No two rows violate the conditions by more than was asked for.
    Optimal,
    /// The iterations were used up.
    Iterations,
    /// Rounding hides what is left to gain.
    Precision,
}

/// One row of a working set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Its position in the pair of classes.
    pub(super) position: usize,
    pub(super) alpha: f64,
    pub(super) gradient: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Member {
    /// Whether this row is on the right side of all rows whose gradients are from `bottom` to `top`, or, at an optimum without
    /// a row between its bounds, from `top` to `bottom`: any row in that gap may pair with another one in it.
    pub(super) fn settled(&self, top: f64, bottom: f64) -> bool {
        let (top, bottom) = (top.max(bottom), top.min(bottom));
        (self.alpha == self.upper && self.gradient > top)
            || (self.alpha == self.lower && self.gradient < bottom)
    }
}

/// The rows that are optimised.
pub(super) struct WorkingSet<'a> {
    points: Points<'a>,
    members: Vec<Member>,
    lanes: Lanes,
    cache: RowCache,
    /// The gradient of every member, and of none at the end.
    gradient: Vec<f64>,
    /// 0 where α can rise, else −∞.
    rise: Vec<f64>,
    /// 0 where α can fall, else ∞.
    fall: Vec<f64>,
    point: Vec<f64>,
}

impl<'a> WorkingSet<'a> {
    pub(super) fn new(points: Points<'a>, members: Vec<Member>, cache_bytes: usize) -> Self {
        let lanes = points.lanes(members.iter().map(|member| member.position));
        let padded = lanes.padded();
        let mut set = Self {
            cache: RowCache::new(cache_bytes, members.len(), padded),
            gradient: vec![0.0; padded],
            rise: vec![f64::NEG_INFINITY; padded],
            fall: vec![f64::INFINITY; padded],
            point: vec![0.0; points.features()],
            points,
            members,
            lanes,
        };
        set.spread();
        set
    }

    /// The members with what they came to.
    pub(super) fn into_members(mut self) -> Vec<Member> {
        for (member, gradient) in self.members.iter_mut().zip(&self.gradient) {
            member.gradient = *gradient;
        }
        self.members
    }

    /// Optimises until no two rows' gradients are more than `tolerance` on the wrong side of each other. Members that
    /// look settled go to `left`.
    pub(super) fn optimise(
        &mut self,
        tolerance: f64,
        left: &mut Vec<Member>,
        watch: &mut Watch<'_>,
    ) -> Result<End, SvmError> {
        let mut countdown = 0;
        loop {
            let (top, bottom, first) =
                Rise { gradient: &self.gradient, rise: &self.rise, fall: &self.fall }.run();
            if countdown == 0 {
                countdown = SHRINK_EVERY.min(self.members.len() as u64);
                if self.shrink(top, bottom, left) {
                    continue;
                }
            }
            countdown -= 1;
            if top - bottom <= tolerance {
                return Ok(End::Optimal);
            }
            if !watch.another(top - bottom)? {
                return Ok(End::Iterations);
            }
            if !self.step(first, top) {
                return Ok(End::Precision);
            }
        }
    }

    /// Moves two rows, the first of which has the gradient `top`; false if nothing changes.
    fn step(&mut self, first: usize, top: f64) -> bool {
        self.need(first);
        let (gain, second) =
            Fall { gradient: &self.gradient, fall: &self.fall, kernel: self.cache.row(first), top }.run();
        if gain == 0.0 {
            return false;
        }
        self.need(second);
        let (rising, falling) = (self.members[first], self.members[second]);
        let (kernel, other) = (self.cache.row(first), self.cache.row(second));
        let newton = (self.gradient[first] - self.gradient[second]) / curvature(kernel[second]);
        let (room_up, room_down) = (rising.upper - rising.alpha, falling.alpha - falling.lower);
        let step = newton.min(room_up).min(room_down);
        let up = if step == room_up { rising.upper } else { rising.alpha + step };
        let down = if step == room_down { falling.lower } else { falling.alpha - step };
        // What was really added, after rounding, so that the gradient stays that of α.
        let (rose, fell) = (up - rising.alpha, falling.alpha - down);
        Step { gradient: &mut self.gradient, rising: kernel, falling: other, rose, fell }.run();
        self.set(first, up);
        self.set(second, down);
        rose != 0.0 || fell != 0.0
    }

    /// Sees that a kernel row is in the cache.
    fn need(&mut self, row: usize) {
        let Self { cache, lanes, point, points, .. } = self;
        cache.need(row, |into| {
            lanes.copy_row(row, point);
            lanes.kernel(points.gamma, point, into);
        });
    }

    fn set(&mut self, row: usize, alpha: f64) {
        let member = &mut self.members[row];
        member.alpha = alpha;
        self.rise[row] = if alpha < member.upper { 0.0 } else { f64::NEG_INFINITY };
        self.fall[row] = if alpha > member.lower { 0.0 } else { f64::INFINITY };
    }

    /// Lets settled members go, if they are many; whether it did.
    fn shrink(&mut self, top: f64, bottom: f64, left: &mut Vec<Member>) -> bool {
        for (member, gradient) in self.members.iter_mut().zip(&self.gradient) {
            member.gradient = *gradient;
        }
        let stays = |i: &usize| !self.members[*i].settled(top, bottom);
        let kept: Vec<usize> = (0..self.members.len()).filter(stays).collect();
        let leaving = self.members.len() - kept.len();
        if (leaving as f64) < WORTH_LEAVING * self.members.len() as f64 || kept.len() < 2 {
            return false;
        }
        left.extend(self.members.iter().filter(|member| member.settled(top, bottom)));
        self.cache.retain(&kept, kept.len().next_multiple_of(LANES));
        self.members.retain(|member| !member.settled(top, bottom));
        self.lanes = self.points.lanes(self.members.iter().map(|member| member.position));
        self.spread();
        true
    }

    /// Writes what the loops read from the members.
    fn spread(&mut self) {
        let padded = self.lanes.padded();
        self.gradient.truncate(padded);
        self.rise.truncate(padded);
        self.fall.truncate(padded);
        self.rise.fill(f64::NEG_INFINITY);
        self.fall.fill(f64::INFINITY);
        for row in 0..self.members.len() {
            self.gradient[row] = self.members[row].gradient;
            self.set(row, self.members[row].alpha);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(alpha: f64, gradient: f64) -> Member {
        Member { position: 0, alpha, gradient, lower: 0.0, upper: 1.0 }
    }

    #[test]
    fn rows_in_the_gap_of_an_optimum_without_free_rows_are_not_settled() {
        // Rows that can rise have gradients up to -0.97, those that can fall from 0.97 on: another row of a gradient in
        // between may pair with a third.
        let (top, bottom) = (-0.97, 0.97);
        for gradient in [-0.9, 0.0, 0.9] {
            assert!(!member(0.0, gradient).settled(top, bottom));
            assert!(!member(1.0, gradient).settled(top, bottom));
        }
        assert!(member(0.0, -1.0).settled(top, bottom) && member(1.0, 1.0).settled(top, bottom));
        // The usual case: what can rise lies above what can fall.
        let (top, bottom) = (0.1, -0.1);
        assert!(member(0.0, -0.2).settled(top, bottom) && !member(0.0, 0.0).settled(top, bottom));
        assert!(member(1.0, 0.2).settled(top, bottom) && !member(1.0, 0.0).settled(top, bottom));
        assert!(!member(0.5, 0.5).settled(top, bottom));
    }
}
