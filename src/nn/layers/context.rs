//! What a layer records its forward pass with.

use super::{Layer, Mode};
use crate::error::LayerError;
use crate::nn::init::Init;
use crate::nn::parameters::{AddedLoss, Parameters, StateUpdate, Table, Towards};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// A tensor of the batch with the shape of one sample, channels last: `[784]`, `[28, 28, 1]`.
///
/// ```
/// use wgrad::Recorder;
/// use wgrad::layers::Shaped;
///
/// let mut tape = Recorder::new("sentences", 32);
/// let sentences = Shaped::new(tape.batched("sentences", 6 * 8), [6, 8])?;
/// assert_eq!(sentences.tensor().shape(), [32, 48]);
/// assert_eq!(sentences.rows().shape(), [32 * 6, 8]); // a row for each word
/// # Ok::<(), wgrad::LayerError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Shaped {
    tensor: Tensor,
    shape: Vec<usize>,
}

impl Shaped {
    /// A tensor whose samples have this shape.
    ///
    /// # Errors
    /// A shape of more or fewer numbers than a sample of the tensor has.
    pub fn new(tensor: Tensor, shape: impl Into<Vec<usize>>) -> Result<Self, LayerError> {
        let shape = shape.into();
        if shape.iter().product::<usize>() == tensor.sample_len() {
            return Ok(Self { tensor: tensor.with_rows_per_sample(1), shape });
        }
        let numbers = tensor.sample_len();
        Err(LayerError::new(format!("gives samples of {numbers} numbers the shape {shape:?}")))
    }

    /// The tensor, with a row for each sample.
    pub fn tensor(&self) -> Tensor {
        self.tensor
    }

    /// The shape of one sample.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The tensor with a row for each place of a sample but the last dimension: the tokens of a sentence, the pixels of an image.
    pub fn rows(&self) -> Tensor {
        let cols = self.shape.last().copied().unwrap_or(1).max(1);
        self.tensor.with_rows_per_sample(self.tensor.sample_len() / cols)
    }

    fn with_tensor(self, tensor: Tensor) -> Self {
        Self { tensor, ..self }
    }
}

/// What a layer records its forward pass with: the tape, and the parameters under the layer's name.
///
/// ```
/// use wgrad::layers::{Context, Layer, Shaped, one};
/// use wgrad::ops::{Binary, Operation};
/// use wgrad::{Init, LayerError, Sequential};
///
/// /// Adds a number of its own to each number of a sample.
/// #[derive(Debug)]
/// struct Shift;
///
/// impl Layer for Shift {
///     fn kind(&self) -> &'static str {
///         "shift"
///     }
///
///     fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
///         let x = one(inputs)?;
///         let shift = cx.param("shift", x.shape(), Init::Zeros)?;
///         let y = cx.output_like(x);
///         let (a, b, y_tensor) = (x.tensor(), shift, y.tensor());
///         cx.tape().push(Binary { operation: Operation::Sum, a, b, y: y_tensor });
///         Ok(y)
///     }
/// }
///
/// assert_eq!(Sequential::new([8]).add(Shift).summary()?.parameters(), 8);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct Context<'a> {
    tape: &'a mut Recorder,
    parameters: &'a mut Parameters,
    mode: Mode,
    path: String,
    /// Names that this layer has asked for.
    asked: Vec<String>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        tape: &'a mut Recorder,
        parameters: &'a mut Parameters,
        mode: Mode,
        path: impl Into<String>,
    ) -> Self {
        Self { tape, parameters, mode, path: path.into(), asked: Vec::new() }
    }

    /// Training or not.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The layer's name, behind those of the layers that it is part of: `block_1.dense_1`.
    pub fn name(&self) -> &str {
        &self.path
    }

    /// Where steps are recorded.
    pub fn tape(&mut self) -> &mut Recorder {
        self.tape
    }

    /// A trained parameter of this layer: a tensor of all but the last dimension by the last one. Parameters of one dimension do
    /// not decay.
    ///
    /// # Errors
    /// A shape without numbers, or other than before; a name that this layer has asked for already.
    pub fn param(
        &mut self,
        name: &str,
        shape: impl Into<Vec<usize>>,
        init: Init,
    ) -> Result<Tensor, LayerError> {
        let name = self.ask(name)?;
        self.parameters.one(self.tape, name, &shape.into(), init, false)
    }

    /// A trained `weight`, and a `bias` that begins at 0 as a further row of its tensor.
    ///
    /// # Errors
    /// As [`param`](Context::param).
    pub fn param_with_bias(
        &mut self,
        shape: impl Into<Vec<usize>>,
        init: Init,
    ) -> Result<Tensor, LayerError> {
        let names = [self.ask("weight")?, self.ask("bias")?];
        self.parameters.with_bias(self.tape, names, &shape.into(), init)
    }

    /// State of this layer, which no gradient changes: running means. It is a part of files, checkpoints and snapshots.
    ///
    /// # Errors
    /// As [`param`](Context::param).
    pub fn state(
        &mut self,
        name: &str,
        shape: impl Into<Vec<usize>>,
        init: Init,
    ) -> Result<Tensor, LayerError> {
        let name = self.ask(name)?;
        self.parameters.one(self.tape, name, &shape.into(), init, true)
    }

    /// Says what becomes of state in each step of a training: `momentum · state + (1 - momentum) · value`. It is done behind the
    /// optimizer's step, and not where that step is skipped or this layer is frozen; elsewhere than in training it does nothing.
    ///
    /// # Shapes
    /// `value`: as many numbers as `state`, not of the batch.
    ///
    /// # Errors
    /// Another number of values; a momentum that is not in `0..1`.
    pub fn update_state(&mut self, state: Tensor, value: Tensor, momentum: f32) -> Result<(), LayerError> {
        if value.is_batched() || value.len() != state.len() {
            return Err(LayerError::new(format!(
                "moves state of {state} towards a value of {value}; both have as many numbers, and the value is not of the batch"
            )));
        }
        if !(0.0..1.0).contains(&momentum) {
            return Err(LayerError::new(format!(
                "updates state with momentum {momentum}; it is at least 0 and less than 1"
            )));
        }
        self.follow(state, Towards::Value(value), momentum);
        Ok(())
    }

    /// Moves state in each step of a training, and not elsewhere.
    pub(super) fn follow(&mut self, state: Tensor, towards: Towards, momentum: f32) {
        if self.mode == Mode::Train && !self.is_frozen() {
            self.parameters.notes().updates.push(StateUpdate { state, towards, momentum });
        }
    }

    /// Two trained parameters of a number for each channel, or two states, as rows of one tensor.
    pub(super) fn rows(
        &mut self,
        names: [&str; 2],
        channels: usize,
        inits: [Init; 2],
        state: bool,
    ) -> Result<Tensor, LayerError> {
        let names = [self.ask(names[0])?, self.ask(names[1])?];
        self.parameters.with_row(self.tape, names, &[channels], inits, state)
    }

    /// Whether all parameters and state of this layer are [frozen](crate::Model::freeze): a norm then uses its running statistics.
    pub fn is_frozen(&self) -> bool {
        self.parameters.is_frozen(&self.path)
    }

    /// Records another layer as a part of this one, under a name of its own.
    ///
    /// # Errors
    /// What the other layer is refused with; a name that this layer has asked for already.
    pub fn layer(&mut self, name: &str, layer: &dyn Layer, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let path = self.ask(name)?;
        Context::new(self.tape, self.parameters, self.mode, path)
            .record(layer, inputs)
            .map_err(|error| error.within(name))
    }

    /// Records this context's layer, which gets `f32` where it takes no `f16`.
    pub(crate) fn record(&mut self, layer: &dyn Layer, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        if !layer.takes_integers() && inputs.iter().any(|input| input.tensor().element == Element::U32) {
            return Err("takes numbers, and gets integers; put an Embedding before it".into());
        }
        let converted = |input: &Shaped| {
            let tensor = input.tensor();
            input.clone().with_tensor(if layer.takes_halves() { tensor } else { self.tape.reals(tensor) })
        };
        let inputs: Vec<_> = inputs.iter().map(converted).collect();
        layer.forward(self, &inputs)
    }

    /// A new tensor of `f32` for the layer's output of this shape.
    pub fn output(&mut self, shape: impl Into<Vec<usize>>) -> Shaped {
        let shape = shape.into();
        let tensor = self.tape.batched(self.path.clone(), shape.iter().product());
        Shaped { tensor, shape }
    }

    /// A new tensor for the layer's output, like an input.
    pub fn output_like(&mut self, input: &Shaped) -> Shaped {
        let tensor = self.tape.tensor_like(self.path.clone(), input.tensor());
        input.clone().with_tensor(tensor)
    }

    /// A number for a random mask of this layer, different from those of others.
    pub(crate) fn mask(&mut self) -> u32 {
        self.parameters.mask()
    }

    /// Says that this layer looks these integers up in a table of so many rows, so that larger ones are refused in the data.
    pub fn table(&mut self, ids: &Shaped, rows: usize) {
        let table = Table { layer: self.path.clone(), ids: ids.tensor().buffer, rows };
        self.parameters.notes().tables.push(table);
    }

    /// Adds a loss of this layer's own, times `weight`, to what training makes small: the divergence of a variational
    /// autoencoder, a penalty on activations. It is a part of the loss that is reported, in training and in evaluation.
    ///
    /// # Shapes
    /// `losses`: batch × 1, a number for each sample, whose mean over the batch is added.
    ///
    /// # Errors
    /// Another shape; a weight that is not finite.
    pub fn add_loss(&mut self, losses: Tensor, weight: f32) -> Result<(), LayerError> {
        if !losses.is_batched() || losses.sample_len() != 1 || losses.element != Element::Real {
            return Err(LayerError::new(format!(
                "adds a loss of {losses}; it has one number for each sample"
            )));
        }
        if !weight.is_finite() {
            return Err(LayerError::new(format!("adds a loss times {weight}; it must be finite")));
        }
        self.parameters.notes().losses.push(AddedLoss { losses, weight });
        Ok(())
    }

    fn ask(&mut self, name: &str) -> Result<String, LayerError> {
        let wrong = |why: &str| Err(LayerError::new(format!("asks for {name:?}; {why}")));
        if name.is_empty() || name.contains(['.', '/']) {
            return wrong("a name within a layer is not empty and has no dot and no slash");
        }
        if self.asked.iter().any(|asked| asked == name) {
            return wrong("give each parameter and each layer within it a name of its own");
        }
        self.asked.push(name.to_string());
        Ok(format!("{}.{name}", self.path))
    }
}

/// The only input of a layer that takes one.
///
/// ```
/// use wgrad::Recorder;
/// use wgrad::layers::{Shaped, one};
///
/// let mut tape = Recorder::new("layer", 32);
/// let x = Shaped::new(tape.batched("x", 8), [8])?;
/// assert_eq!(one(&[x.clone()])?, &x);
/// assert!(one(&[x.clone(), x]).is_err());
/// # Ok::<(), wgrad::LayerError>(())
/// ```
///
/// # Errors
/// Another number of inputs.
pub fn one(inputs: &[Shaped]) -> Result<&Shaped, LayerError> {
    match inputs {
        [input] => Ok(input),
        _ => Err(LayerError::new(format!("takes one input, and gets {}", inputs.len()))),
    }
}
