//! Softmax cross-entropy from distributions.

use super::cross_entropy::of_scores;
use super::step::{LossRows, LossStep};
use super::{Formula, Sealed};
use crate::error::OpError;
use crate::ops::first_largest;
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{Domain, Scale};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// The softmax cross-entropy of scores and a weight for each class. Predictions and targets are batch × classes.
pub type DistributionCrossEntropy = LossStep<DistributionScores>;

/// `Σ t (ln Σ e^z - z)`, where the `t` of a row mostly add up to 1; with `relative`, `Σ t ln t` more, which makes it the divergence
/// of Kullback and Leibler (1951). Its gradient is `softmax(z) Σ t - t`.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::loss::{DistributionCrossEntropy, DistributionScores};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("distribution", 1);
/// let (scores, targets, losses) = (tape.batched("scores", 2), tape.batched("targets", 2), tape.batched("losses", 1));
/// let formula = DistributionScores { relative: true };
/// tape.push(DistributionCrossEntropy::new(formula, scores, targets, losses));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(scores, Values::Real(&[3.0, 3.0]))?;
/// cpu.write(targets, Values::Real(&[0.5, 0.5]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert!(cpu.read(losses)?[0].abs() < 1e-6);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DistributionScores {
    /// Whether the targets' own entropy is subtracted.
    pub relative: bool,
}

impl Sealed for DistributionScores {}

impl Formula for DistributionScores {
    const NAME: &'static str = "distribution_cross_entropy";
    const ACTIVATES: bool = false;
    const TAKES_HALVES: bool = false;

    fn check(&self, prediction: Tensor, target: Tensor, gradient: Tensor) -> Result<(), OpError> {
        alike(&[prediction, target, gradient])
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, rows: LossRows<'_, T>) {
        let LossRows { prediction, target, losses, gradient, cols, seed, .. } = rows;
        for (i, (z, t)) in prediction.chunks_exact(cols).zip(target.chunks_exact(cols)).enumerate() {
            let at = first_largest(z);
            let share = |score: &T| (*score - z[at]).exp_nonpositive();
            let rest: T = z[..at].iter().map(share).sum::<T>() + z[at + 1..].iter().map(share).sum::<T>();
            let (all, sum) = (T::one() + rest, t.iter().copied().sum::<T>());
            if let Some(loss) = losses.get_mut(i) {
                let from_top = rest.ln_1p();
                let own = |t: T| if self.relative { t.ln() } else { T::zero() };
                // What is expected of no class costs nothing, however small its score is.
                let term = |(z_k, t): (&T, &T)| {
                    if *t == T::zero() { T::zero() } else { *t * (own(*t) + from_top + (z[at] - *z_k)) }
                };
                *loss = z.iter().zip(t).map(term).sum();
            }
            if let Some(row) = gradient.get_mut(i * cols..(i + 1) * cols) {
                let scale = seed.at(i, T::one());
                for (g, (score, t)) in row.iter_mut().zip(z.iter().zip(t)) {
                    *g = (share(score) / all * sum - *t) * scale;
                }
            }
        }
    }

    fn kernel(
        &self,
        sources: Vec<Source>,
        constants: Vec<(&'static str, f64)>,
        prediction: Tensor,
        with_gradient: bool,
        _: &DeviceProfile,
    ) -> Kernel {
        let main = shader!("loss/distribution_cross_entropy.wgsl");
        let kernel = of_scores(main, sources, constants, prediction, with_gradient);
        kernel.constant("RELATIVE", u8::from(self.relative))
    }

    fn loss_scale(&self) -> Scale {
        Scale::Of(1.0)
    }

    fn approximates_gradient(&self) -> bool {
        true
    }

    fn terms(&self, _: Tensor) -> usize {
        1
    }

    fn domains(&self, _: Tensor) -> [Domain; 2] {
        [Domain::Any, Domain::Unit]
    }

    fn examples(tape: &mut Recorder, _: Element) -> Vec<DistributionCrossEntropy> {
        let mut all = Vec::new();
        for (relative, classes) in [(false, 1), (true, 10), (false, 97), (true, 257)] {
            let [scores, targets] = ["scores", "targets"].map(|name| tape.batched(name, classes));
            all.push(LossStep::new(Self { relative }, scores, targets, tape.batched("losses", 1)));
        }
        all
    }
}
