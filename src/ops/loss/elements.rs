//! Losses of element pairs, as steps.

use super::gradient::SeedRows;
use super::step::{LossRows, LossStep};
use super::{Elements, Formula};
use crate::error::OpError;
use crate::ops::of_one_element;
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::op::{Domain, Scale};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// The mean over a row of a loss of element pairs. Predictions and targets are batch × n, of reals or all of halves.
pub type ElementLoss = LossStep<Elements>;

impl Formula for Elements {
    const NAME: &'static str = "loss";
    const ACTIVATES: bool = true;
    const TAKES_HALVES: bool = true;

    fn check(&self, prediction: Tensor, target: Tensor, gradient: Tensor) -> Result<(), OpError> {
        self.check_settings()?;
        alike(&[prediction, target, gradient])?;
        of_one_element(&[prediction, target, gradient])
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, rows: LossRows<'_, T>) {
        let LossRows { prediction, target, losses, gradient, cols, seed, .. } = rows;
        let n = T::of(cols as f64);
        for (loss, (p, t)) in
            losses.iter_mut().zip(prediction.chunks_exact(cols).zip(target.chunks_exact(cols)))
        {
            *loss = self.sum(p, t) / n;
        }
        if matches!(seed, SeedRows::Mean(..)) {
            return self.slopes(prediction, target, seed.at(0, n), gradient);
        }
        let pairs = prediction.chunks_exact(cols).zip(target.chunks_exact(cols));
        for (row, (gradient, (p, t))) in gradient.chunks_exact_mut(cols).zip(pairs).enumerate() {
            self.slopes(p, t, seed.at(row, n), gradient);
        }
    }

    fn kernel(
        &self,
        mut sources: Vec<Source>,
        mut constants: Vec<(&'static str, f64)>,
        prediction: Tensor,
        with_gradient: bool,
        device: &DeviceProfile,
    ) -> Kernel {
        sources.extend(self.sources());
        constants.extend(self.constants());
        sources.extend(if prediction.cols.is_multiple_of(4) {
            vec![numbers(prediction.element, device), shader!("loss/four.wgsl")]
        } else {
            vec![shader!("loss/one.wgsl")]
        });
        sources.push(if with_gradient { shader!("loss/gradient.wgsl") } else { shader!("loss/value.wgsl") });
        sources.push(shader!("loss/elements.wgsl"));
        Kernel { sources, constants, workgroups: prediction.rows }.size("COLS", prediction.cols)
    }

    /// The mean of a row's losses is rounded once a column, which is of the size of an approximation.
    fn loss_scale(&self) -> Scale {
        if self.approximated()[0] { Scale::Of(1.0) } else { Scale::Output }
    }

    fn approximates_gradient(&self) -> bool {
        self.approximated()[1]
    }

    fn terms(&self, prediction: Tensor) -> usize {
        prediction.cols
    }

    fn domains(&self, _: Tensor) -> [Domain; 2] {
        Self::domains(*self)
    }

    fn examples(tape: &mut Recorder, element: Element) -> Vec<ElementLoss> {
        let widths: &[usize] = if element == Element::Half { &[4, 260] } else { &[1, 13, 200] };
        let mut all = Vec::new();
        for (loss, cols) in
            Elements::examples().into_iter().flat_map(|loss| widths.iter().map(move |cols| (loss, *cols)))
        {
            let [prediction, target] =
                ["prediction", "target"].map(|name| tape.batched_of(name, element, cols));
            all.push(LossStep::new(loss, prediction, target, tape.batched("losses", 1)));
        }
        all
    }
}
