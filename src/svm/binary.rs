//! One two-class problem, solved on a working set of its rows that changes until all rows are optimal.
//!
//! Rows outside keep their coefficients, 0 or the penalty. Once the working set is optimal to some tolerance, all others
//! are looked at; those that are not settled enter, and the tolerance falls, until none is left to enter (chaining: Osuna,
//! Freund and Girosi, "An Improved Training Algorithm for Support Vector Machines", 1997).

use ndarray::ArrayView2;

use super::kernel::Scanner;
use super::lanes::Lanes;
use super::smo::{End, Member, WorkingSet};
use super::start::SAMPLE;
use super::watch::Watch;
use super::{SvmError, SvmWarning};

/// What the violation is divided by from round to round: while the boundary still moves, precision is wasted.
const SHARPENING: f64 = 10.0;

/// Times in a row that members may be optimal only until their gradients are made anew: then rounding hides the way on.
const MOST_IN_VAIN: usize = 3;

/// Rows of the two classes, the first class before the second.
#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    pub(super) latents: ArrayView2<'a, f32>,
    /// Row numbers of the latents by position.
    pub(super) rows: &'a [usize],
    pub(super) gamma: f64,
}

impl Points<'_> {
    pub(super) fn features(&self) -> usize {
        self.latents.ncols()
    }

    pub(super) fn lanes(&self, positions: impl ExactSizeIterator<Item = usize>) -> Lanes {
        Lanes::new(self.latents, positions.map(|position| self.rows[position]))
    }

    /// The row at a position.
    pub(super) fn copy(&self, position: usize, into: &mut [f64]) {
        for (to, from) in into.iter_mut().zip(self.latents.row(self.rows[position])) {
            *to = f64::from(*from);
        }
    }
}

/// The problem of telling two classes apart. Its rows are known by their position in `points`.
pub(super) struct BinaryProblem<'a> {
    pub(super) points: Points<'a>,
    pub(super) classes: [u32; 2],
    /// How many rows are of the first class, whose label y is +1.
    pub(super) positives: usize,
    /// The penalty C of each class.
    pub(super) penalties: [f64; 2],
    pub(super) tolerance: f64,
    pub(super) cache_bytes: usize,
}

/// The decision function `f(x) = Σ_i alpha_i · K(x, row i) − rho` of a [`BinaryProblem`].
pub(super) struct BinarySolution {
    /// The signed coefficient of every row.
    pub(super) alpha: Vec<f64>,
    pub(super) rho: f64,
    pub(super) warning: Option<SvmWarning>,
}

impl BinaryProblem<'_> {
    /// Solves the problem as far as `watch` and rounding allow.
    pub(super) fn solve(
        &self,
        scanner: &mut Scanner<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<BinarySolution, SvmError> {
        let mut alpha = vec![0.0; self.points.rows.len()];
        let mut members = self.first_members(&mut alpha, watch)?;
        let mut tolerance = if members.len() == alpha.len() {
            SHARPENING * self.tolerance
        } else {
            let (top, bottom) = extremes(&members);
            ((top - bottom) / SHARPENING).max(self.tolerance)
        };
        let mut in_vain = 0;
        loop {
            let before = watch.iterations;
            let mut set = WorkingSet::new(self.points, members, self.cache_bytes);
            let mut left = Vec::new();
            let end = set.optimise(tolerance, &mut left, watch)?;
            members = set.into_members();
            for member in left.iter().chain(&members) {
                alpha[member.position] = member.alpha;
            }
            // Each iteration rounds the gradients, so that they are made anew before they are believed.
            let last = tolerance <= self.tolerance || end != End::Optimal;
            if last {
                self.refresh(&mut members, &alpha, watch)?;
                let (top, bottom) = extremes(&members);
                in_vain = if end == End::Optimal && top - bottom > 2.0 * tolerance { in_vain + 1 } else { 0 };
            }
            let entering = self.entering(&members, &alpha, scanner, watch)?;
            let settled = entering.is_empty();
            members.extend(entering);
            let (top, bottom) = extremes(&members);
            if last && top - bottom <= self.tolerance {
                return Ok(solution(alpha, &members, None));
            }
            let nothing_moved = settled || watch.iterations <= before + 1;
            let stuck = in_vain == MOST_IN_VAIN || (end == End::Precision && nothing_moved);
            if end == End::Iterations || stuck {
                let warning = self.warning(end, watch.iterations, top - bottom);
                return Ok(solution(alpha, &members, Some(warning)));
            }
            tolerance = ((top - bottom) / SHARPENING).max(self.tolerance);
        }
    }

    /// The label y of a row, as a truth value.
    pub(super) fn is_positive(&self, position: usize) -> bool {
        position < self.positives
    }

    /// The label y of a row.
    pub(super) fn label(&self, position: usize) -> f64 {
        if self.is_positive(position) { 1.0 } else { -1.0 }
    }

    /// A sample that is solved roughly, or all rows if they are few.
    fn first_members(&self, alpha: &mut [f64], watch: &Watch<'_>) -> Result<Vec<Member>, SvmError> {
        let rows = alpha.len();
        let guess = if rows > SAMPLE { self.guess() } else { None };
        let Some(sample) = guess else {
            return Ok((0..rows).map(|position| self.member(position, 0.0, self.label(position))).collect());
        };
        let mut members = Vec::new();
        for (position, value) in sample {
            let mut member = self.member(position, value, 0.0);
            member.alpha = value.clamp(member.lower, member.upper);
            alpha[position] = member.alpha;
            members.push(member);
        }
        self.refresh(&mut members, alpha, watch)?;
        Ok(members)
    }

    pub(super) fn member(&self, position: usize, alpha: f64, gradient: f64) -> Member {
        let [positive, negative] = self.penalties;
        let (lower, upper) = if self.is_positive(position) { (0.0, positive) } else { (-negative, 0.0) };
        Member { position, alpha, gradient, lower, upper }
    }

    fn warning(&self, end: End, iterations: u64, violation: f64) -> SvmWarning {
        let &Self { classes, tolerance, .. } = self;
        match end {
            End::Iterations => SvmWarning::IterationLimit { classes, iterations, violation, tolerance },
            End::Optimal | End::Precision => {
                SvmWarning::Precision { classes, iterations, violation, tolerance }
            }
        }
    }
}

/// The largest gradient of a row that can rise, and the least of one that can fall.
pub(super) fn extremes(members: &[Member]) -> (f64, f64) {
    let (mut top, mut bottom) = (f64::NEG_INFINITY, f64::INFINITY);
    for member in members {
        if member.alpha < member.upper {
            top = top.max(member.gradient);
        }
        if member.alpha > member.lower {
            bottom = bottom.min(member.gradient);
        }
    }
    (top, bottom)
}

/// With the threshold that puts rows between the bounds on their margin, or where there is none the middle of what the
/// others allow.
fn solution(alpha: Vec<f64>, members: &[Member], warning: Option<SvmWarning>) -> BinarySolution {
    let (mut sum, mut free) = (0.0, 0.0);
    for member in members {
        if member.alpha > member.lower && member.alpha < member.upper {
            sum += member.gradient;
            free += 1.0;
        }
    }
    let (top, bottom) = extremes(members);
    let rho = if free > 0.0 { -sum / free } else { -(top + bottom) / 2.0 };
    BinarySolution { alpha, rho, warning }
}
