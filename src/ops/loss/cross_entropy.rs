//! Softmax cross-entropy from integer labels.

use super::step::{LossRows, LossStep};
use super::{Formula, Sealed};
use crate::error::OpError;
use crate::ops::{first_largest, one_label_a_row};
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{Domain, Scale};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// The softmax cross-entropy of scores. Predictions are batch × classes, targets batch × 1, each an integer under
/// `classes`.
pub type SoftmaxCrossEntropy = LossStep<SoftmaxScores>;

/// `ln Σ e^z - z[label]`, fused with the softmax; the row's maximum is subtracted first. Its gradient is
/// `softmax(z) - onehot(label)` (Bishop, *Pattern Recognition and Machine Learning*, 2006, section 4.3.4). The maximum's
/// own share of the sum, 1, is left out, so that both are exact where hardly anything is beside it.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::loss::SoftmaxScores;
/// use wgrad::ops::SoftmaxCrossEntropy;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("softmax scores", 1);
/// let (scores, losses) = (tape.batched("scores", 2), tape.batched("losses", 1));
/// let labels = tape.batched_of("labels", Element::U32, 1);
/// tape.push(SoftmaxCrossEntropy::new(SoftmaxScores, scores, labels, losses));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(scores, Values::Real(&[7.0, 7.0]))?;
/// cpu.write(labels, Values::U32(&[1]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert!((cpu.read(losses)?[0] - 2_f32.ln()).abs() < 1e-6);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SoftmaxScores;

impl Sealed for SoftmaxScores {}

impl Formula for SoftmaxScores {
    const NAME: &'static str = "softmax_cross_entropy";
    const ACTIVATES: bool = false;
    const TAKES_HALVES: bool = false;

    fn check(&self, prediction: Tensor, target: Tensor, gradient: Tensor) -> Result<(), OpError> {
        alike(&[prediction, gradient])?;
        one_label_a_row(target)
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, rows: LossRows<'_, T>) {
        let LossRows { prediction, labels, losses, gradient, cols, seed, .. } = rows;
        for (i, z) in prediction.chunks_exact(cols).enumerate() {
            let label = labels[i] as usize;
            let at = first_largest(z);
            let share = |score: &T| (*score - z[at]).exp_nonpositive();
            let rest: T = z[..at].iter().map(share).sum::<T>() + z[at + 1..].iter().map(share).sum::<T>();
            if let Some(loss) = losses.get_mut(i) {
                *loss = rest.ln_1p() + (z[at] - z[label]);
            }
            if let Some(row) = gradient.get_mut(i * cols..(i + 1) * cols) {
                let scale = seed.at(i, T::one()) / (T::one() + rest);
                for (g, score) in row.iter_mut().zip(z) {
                    *g = share(score) * scale;
                }
                let others = if label == at { rest } else { T::one() + (rest - share(&z[label])) };
                row[at] = scale;
                row[label] = -others * scale;
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
        let main = shader!("loss/softmax_cross_entropy.wgsl");
        of_scores(main, sources, constants, prediction, with_gradient)
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

    fn domains(&self, prediction: Tensor) -> [Domain; 2] {
        [Domain::Any, Domain::Below(prediction.cols)]
    }

    fn examples(tape: &mut Recorder, _: Element) -> Vec<SoftmaxCrossEntropy> {
        let mut example = |classes| {
            let (logits, labels) =
                (tape.batched("logits", classes), tape.batched_of("labels", Element::U32, 1));
            LossStep::new(Self, logits, labels, tape.batched("losses", 1))
        };
        [1, 10, 97, 257].map(&mut example).into()
    }
}

/// The kernel of a loss of rows of scores: `main` behind these files and constants, with a gradient or without.
pub(super) fn of_scores(
    main: Source,
    sources: Vec<Source>,
    constants: Vec<(&'static str, f64)>,
    scores: Tensor,
    with_gradient: bool,
) -> Kernel {
    let keep = if with_gradient { shader!("loss/row_gradient.wgsl") } else { shader!("loss/row_value.wgsl") };
    let mut kernel = Kernel::by_lanes(main, scores.rows, scores.cols);
    kernel.constants.extend(constants);
    let sources = sources.into_iter().chain([keep, shader!("loss/share.wgsl")]);
    sources.fold(kernel, Kernel::with).size("CLASSES", scores.cols)
}
