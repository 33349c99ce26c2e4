//! Gradients of rows outside the working set: which of them should enter.

use super::SvmError;
use super::binary::{BinaryProblem, extremes};
use super::kernel::Scanner;
use super::lanes::Lanes;
use super::smo::Member;
use super::watch::Watch;

/// Rows between two looks at whether the fit should end.
const UNWATCHED: usize = 64;

impl BinaryProblem<'_> {
    /// Computes the gradients of members anew.
    pub(super) fn refresh(
        &self,
        members: &mut [Member],
        alpha: &[f64],
        watch: &Watch<'_>,
    ) -> Result<(), SvmError> {
        let support = Support::new(self, alpha);
        for (i, member) in members.iter_mut().enumerate() {
            member.gradient = self.gradient(&support, member.position);
            if i % UNWATCHED == 0 {
                watch.heed()?;
            }
        }
        Ok(())
    }

    /// The rows that are no members and not settled, with their gradients. Those of which f32 says so surely are not
    /// computed in f64.
    pub(super) fn entering(
        &self,
        members: &[Member],
        alpha: &[f64],
        scanner: &mut Scanner<'_>,
        watch: &Watch<'_>,
    ) -> Result<Vec<Member>, SvmError> {
        let mut outside = vec![true; alpha.len()];
        for member in members {
            outside[member.position] = false;
        }
        let outside: Vec<usize> = (0..alpha.len()).filter(|position| outside[*position]).collect();
        let (top, bottom) = extremes(members);
        let sums = scanner.sums(&self.points, &outside, alpha)?;
        let support = Support::new(self, alpha);
        let mut entering = Vec::new();
        for (i, &position) in outside.iter().enumerate() {
            if i % UNWATCHED == 0 {
                watch.heed()?;
            }
            let mut member = self.member(position, alpha[position], 0.0);
            if let Some(sums) = &sums {
                let (sum, error) = sums[i];
                member.gradient = self.label(position) - sum;
                if member.settled(top.max(bottom) + error, top.min(bottom) - error) {
                    continue;
                }
            }
            member.gradient = self.gradient(&support, position);
            if !member.settled(top, bottom) {
                entering.push(member);
            }
        }
        Ok(entering)
    }

    fn gradient(&self, support: &Support, position: usize) -> f64 {
        let mut point = vec![0.0; self.points.features()];
        self.points.copy(position, &mut point);
        self.label(position) - support.lanes.sum(self.points.gamma, &point, &support.alpha)
    }
}

/// The rows whose coefficients are not 0.
struct Support {
    lanes: Lanes,
    alpha: Vec<f64>,
}

impl Support {
    fn new(problem: &BinaryProblem<'_>, alpha: &[f64]) -> Self {
        let positions: Vec<usize> = (0..alpha.len()).filter(|position| alpha[*position] != 0.0).collect();
        let lanes = problem.points.lanes(positions.iter().copied());
        let mut alpha: Vec<f64> = positions.iter().map(|position| alpha[*position]).collect();
        alpha.resize(lanes.padded(), 0.0);
        Self { lanes, alpha }
    }
}
