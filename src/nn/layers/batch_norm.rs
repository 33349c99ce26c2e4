//! Batch normalisation.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Mode, Shaped, one, settings};
use crate::error::LayerError;
use crate::file::json;
use crate::nn::init::Init;
use crate::nn::parameters::Towards;
use crate::ops::activation::Activation;
use crate::ops::{self, BatchMoments};
use crate::program::op::Op;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// `(x − mean) / √(var + ε) ⊙ scale + shift` for each channel, by the statistics of all pixels of the batch (Ioffe and Szegedy, *Batch
/// Normalization*, 2015). Evaluation, prediction and [frozen](crate::Model::freeze) layers take running statistics instead.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{BatchNorm, Conv2d, Relu};
///
/// let net = Sequential::new([28, 28, 1])
///     .add(Conv2d::new(16, 3).without_bias()) // the shift is a bias
///     .add(BatchNorm::new())
///     .add(Relu); // is fused into the normalisation
/// assert_eq!(net.summary()?.parameters(), 3 * 3 * 16 + 4 * 16);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: … × channels → … × channels. `scale`, `shift`, and the state `running_mean` and `running_variance`: channels.
///
/// # Beside PyTorch and Keras
/// Momentum is PyTorch's, the weight of the new batch; Keras's is that of what was before, one minus it. `ε` is PyTorch's `10⁻⁵`, where
/// Keras has `10⁻³`. As in PyTorch, the running variance follows that of a sample, which divides by one less than the numbers are.
/// Several devices and accumulated gradients take the statistics of their own share of a batch.
///
/// # Half precision
/// In a model of [`Precision::F16`](crate::Precision::F16) its input and output are halves where its input is and channels are a multiple
/// of 4; statistics and parameters are `f32`.
#[derive(Clone, Copy, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct BatchNorm {
    epsilon: f32,
    momentum: f32,
}

impl Default for BatchNorm {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchNorm {
    /// With `ε = 10⁻⁵`, a momentum of 0.1, a scale that begins at 1 and a shift that begins at 0.
    pub fn new() -> Self {
        Self { epsilon: 1e-5, momentum: 0.1 }
    }

    /// Sets `ε`, which keeps channels of equal numbers finite.
    pub fn epsilon(self, epsilon: f32) -> Self {
        Self { epsilon, ..self }
    }

    /// Sets the weight that each batch has in the running statistics, more than 0 and at most 1.
    pub fn momentum(self, momentum: f32) -> Self {
        Self { momentum, ..self }
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        let [epsilon, momentum] = ["epsilon", "momentum"].map(|key| json::real(settings, key));
        Ok(Self { epsilon: epsilon?, momentum: momentum? })
    }

    /// The statistics that this recording normalises by, and whether they are those of the batch.
    fn moments(&self, cx: &mut Context<'_>, x: Tensor, running: Tensor) -> (Tensor, bool) {
        if cx.mode() == Mode::Infer || cx.is_frozen() {
            return (Tensor { rows: 1, cols: running.len(), ..running }, false);
        }
        let of = BatchMoments::new(cx.tape(), x, running.cols);
        let moments = of.moments;
        cx.tape().scratch(moments);
        cx.tape().push(of.clone());
        cx.follow(running, Towards::Moments(of), 1.0 - self.momentum);
        (moments, true)
    }
}

impl Layer for BatchNorm {
    fn kind(&self) -> &'static str {
        "batch_norm"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("epsilon", json!(self.epsilon)), ("momentum", json!(self.momentum))])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let channels = x.shape().last().copied().ok_or("takes samples of at least one dimension")?;
        if !(self.momentum > 0.0 && self.momentum <= 1.0) {
            let why = format!("has the momentum {}; it is more than 0 and at most 1", self.momentum);
            return Err(why.into());
        }
        let affine = cx.rows(["scale", "shift"], channels, [Init::Ones, Init::Zeros], false)?;
        let names = ["running_mean", "running_variance"];
        let running = cx.rows(names, channels, [Init::Zeros, Init::Ones], true)?;
        let by_fours = channels.is_multiple_of(4);
        let y = if by_fours { cx.output_like(x) } else { cx.output(x.shape()) };
        let x = if by_fours { x.tensor() } else { cx.tape().reals(x.tensor()) };
        let (moments, of_batch) = self.moments(cx, x, running);
        let norm = ops::BatchNorm {
            moments,
            affine,
            x,
            y: y.tensor(),
            added: None,
            activation: Activation::identity(),
            of_batch,
            epsilon: self.epsilon,
        };
        norm.check()?;
        if cx.mode() == Mode::Train || !push_folded(cx.tape(), &norm) {
            cx.tape().push(norm);
        }
        Ok(y)
    }
}

/// Records a convolution that has the norm behind it in its weight, instead of both, if there is one. What it was before is then left
/// out where nobody reads it.
fn push_folded(tape: &mut Recorder, norm: &ops::BatchNorm) -> bool {
    let Some(writer) = tape.writer(norm.x) else { return false };
    if let Some(convolution) = writer.downcast_ref::<ops::Conv2d>().cloned() {
        return push_both(tape, |tape| convolution.with_norm(tape, norm));
    }
    let convolution = writer.downcast_ref::<ops::GroupedConv2d>().cloned();
    push_both(tape, |tape| convolution?.with_norm(tape, norm))
}

/// Records a folded weight and its convolution, if there are such.
fn push_both<O: Op>(
    tape: &mut Recorder,
    folded: impl FnOnce(&mut Recorder) -> Option<(ops::FoldedNorm, O)>,
) -> bool {
    let Some((weight, convolution)) = folded(tape) else { return false };
    tape.push(weight);
    tape.push(convolution);
    true
}

#[cfg(test)]
mod tests {
    use crate::Graph;
    use crate::layers::{Add, BatchNorm, Conv2d, Mode, Padding, Relu};
    use crate::program::recorder::Recorder;

    /// The names of the steps of a residual block with a convolution by so many groups.
    fn steps(mode: Mode, groups: usize) -> Vec<&'static str> {
        let mut net = Graph::new();
        let images = net.input("images", [5, 5, 4]);
        let made = net.add(Conv2d::new(4, 3).groups(groups).padding(Padding::Same).without_bias(), [images]);
        let normal = net.add(BatchNorm::new(), [made]);
        let sum = net.add(Add, [images, normal]);
        net.add(Relu, [sum]);
        let mut tape = Recorder::new("block", 2);
        let recording = net.record_alone(&mut tape, mode).unwrap();
        tape.keep(recording.values.last().unwrap().as_ref().unwrap().tensor());
        let program = tape.finish().unwrap().without_unread_steps().fused();
        program.steps().iter().map(|step| step.name()).collect()
    }

    #[test]
    fn a_convolution_has_the_norm_behind_it_in_its_weight_in_evaluation() {
        assert_eq!(steps(Mode::Infer, 1), ["batch_norm.folded", "conv"]);
        assert_eq!(steps(Mode::Infer, 2), ["batch_norm.folded", "grouped_conv", "binary", "activation"]);
        assert_eq!(steps(Mode::Train, 1), ["conv", "batch_norm.moments", "batch_norm"]);
    }
}
