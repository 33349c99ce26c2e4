//! Samples and what a model should make of them.

mod builder;
mod folds;
mod select;
mod split;
mod strata;

use ndarray::{Array2, ArrayView2};

use crate::error::{Error, Result};
use crate::train::target::Target;

pub use crate::error::DatasetError;
pub use crate::train::samples::Samples;
pub use builder::DatasetBuilder;

/// Where the fingerprint of nothing begins.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// What a model should give for its inputs.
///
/// ```
/// use wgrad::dataset::Targets;
/// use wgrad::{Dataset, Samples};
///
/// let data = Dataset::classification(Samples::rows([0.0, 0.5, 1.0], 1)?, vec![0, 1, 1])?;
/// match data.targets() {
///     Targets::Labels(labels) => assert_eq!(labels, &[0, 1, 1]),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Targets {
    /// The inputs themselves: an autoencoder.
    Inputs,
    /// Numbers, samples × outputs.
    Reals(Array2<f32>),
    /// The class of each sample.
    Labels(Vec<u32>),
}

impl From<Vec<u32>> for Targets {
    fn from(labels: Vec<u32>) -> Self {
        Self::Labels(labels)
    }
}

/// One number for each: 1 where it is true, else 0.
impl From<Vec<bool>> for Targets {
    fn from(labels: Vec<bool>) -> Self {
        Self::Reals(labels.into_iter().map(|label| [f32::from(u8::from(label))]).collect::<Vec<_>>().into())
    }
}

impl From<Array2<f32>> for Targets {
    fn from(values: Array2<f32>) -> Self {
        Self::Reals(values)
    }
}

impl From<Samples> for Targets {
    fn from(samples: Samples) -> Self {
        Self::Reals(samples.to_array())
    }
}

/// Inputs and targets, as many of the one as of the other.
///
/// ```
/// use wgrad::{Dataset, Samples};
///
/// let images = Samples::images(vec![0, 255, 128, 64, 0, 0, 255, 255], [2, 2])?;
/// let data = Dataset::classification(images, vec![0, 1])?;
/// assert_eq!(data.len(), 2);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Without a name where there is only one.
    inputs: Vec<(String, Samples)>,
    targets: Vec<(String, Targets)>,
    weights: Option<Vec<f32>>,
}

impl Dataset {
    fn of(inputs: Samples, targets: Targets) -> Self {
        let (inputs, targets) = (vec![(String::new(), inputs)], vec![(String::new(), targets)]);
        Self { inputs, targets, weights: None }
    }

    /// Inputs that are their own targets.
    pub fn autoencoder(inputs: Samples) -> Self {
        Self::of(inputs, Targets::Inputs)
    }

    /// Inputs and the numbers that a model should give for them.
    ///
    /// # Shapes
    /// `inputs`: samples × width; `targets`: samples × outputs.
    ///
    /// # Errors
    /// No samples, other numbers of inputs than of targets, a number that is not finite.
    pub fn regression(inputs: ArrayView2<'_, f32>, targets: ArrayView2<'_, f32>) -> Result<Self> {
        let inputs = Samples::reals(inputs)?;
        equal_counts(inputs.len(), targets.nrows())?;
        Self::pairs(inputs, Samples::reals(targets)?)
    }

    /// Samples and those that a model should make of them: numbers or other images.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::Dense;
    /// use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
    ///
    /// let sums = Dataset::pairs(Samples::rows([1.0, 2.0, 3.0, 1.0, 0.0, 2.0], 2)?, Samples::rows([3.0, 4.0, 2.0], 1)?)?;
    /// let net = Sequential::new([2]).add(Dense::new(1));
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.05), 0)?;
    /// model.set_parameter_rows("dense_1.weight", &[0.9, 1.1])?;
    /// model.fit(&sums, Fit::new().epochs(200).batch(3))?;
    /// let outputs = model.predict(&Samples::rows([2.0, 2.0, 1.0, 4.0], 2)?)?;
    /// assert_eq!(outputs.dim(), (2, 1));
    /// assert!((outputs[[1, 0]] - 5.0).abs() < 0.1);
    /// let numbers: Vec<f32> = outputs.iter().copied().collect(); // row after row
    /// # assert_eq!(numbers, [outputs[[0, 0]], outputs[[1, 0]]]);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// Other numbers of inputs than of targets.
    pub fn pairs(inputs: Samples, targets: Samples) -> Result<Self> {
        equal_counts(inputs.len(), targets.len())?;
        Ok(Self::of(inputs, targets.into()))
    }

    /// Inputs and the class of each, counted from 0.
    ///
    /// # Errors
    /// Other numbers of inputs than of labels.
    pub fn classification(inputs: Samples, labels: Vec<u32>) -> Result<Self> {
        equal_counts(inputs.len(), labels.len())?;
        Ok(Self::of(inputs, labels.into()))
    }

    /// Inputs and which of two classes each is of, for a model of one output with
    /// [`BinaryCrossEntropy`](crate::losses::BinaryCrossEntropy): 0 or 1, or `false` or `true`.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::{Dense, Sigmoid};
    /// use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
    ///
    /// let data = Dataset::binary(Samples::rows([0.0, 1.0, 2.0, 3.0], 1)?, vec![false, false, true, true])?;
    /// assert_eq!(data, Dataset::binary(Samples::rows([0.0, 1.0, 2.0, 3.0], 1)?, vec![0, 0, 1, 1])?);
    /// let net = Sequential::new([1]).add(Dense::new(1)).add(Sigmoid);
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses::BinaryCrossEntropy::new(), Optimizer::adam(0.1), 0)?;
    /// model.fit(&data, Fit::new().epochs(200).batch(4))?;
    /// assert_eq!(model.classify(data.inputs())?, [0, 0, 1, 1]);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// Other numbers of inputs than of labels; a label that is neither 0 nor 1.
    pub fn binary(inputs: Samples, labels: impl Into<Targets>) -> Result<Self> {
        let numbers = match labels.into() {
            Targets::Labels(labels) => {
                labels.into_iter().map(|label| [label as f32]).collect::<Vec<_>>().into()
            }
            Targets::Reals(numbers) => numbers,
            Targets::Inputs => inputs.to_array(),
        };
        equal_counts(inputs.len(), numbers.nrows())?;
        if numbers.ncols() != 1 {
            let why =
                format!("{} numbers for each sample as binary labels; each has one, 0 or 1", numbers.ncols());
            return Err(Error::Samples { why });
        }
        if let Some(sample) = numbers.iter().position(|label| *label != 0.0 && *label != 1.0) {
            let label = numbers[[sample, 0]];
            let why = format!(
                "the label of sample {sample} is {label}, and of two classes it is 0 or 1; use Dataset::classification for more classes"
            );
            return Err(Error::Samples { why });
        }
        Ok(Self::of(inputs, numbers.into()))
    }

    /// Several inputs and several targets, each with a name.
    ///
    /// ```
    /// use wgrad::{Dataset, Samples};
    ///
    /// let data = Dataset::builder()
    ///     .input("image", Samples::rows([0.0, 0.5, 1.0, 0.5], 2)?)
    ///     .input("word", Samples::integers([3, 1], [1])?)
    ///     .target("class", vec![0, 1])
    ///     .target("size", Samples::rows([0.25, 0.75], 1)?)
    ///     .build()?;
    /// assert_eq!(data.len(), 2);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    pub fn builder() -> DatasetBuilder {
        DatasetBuilder::default()
    }

    /// The same with a weight for each sample, by which its loss and so its gradient are multiplied. Reported losses are means of
    /// the weighted ones over all samples, as Keras gives them. Their accuracy knows no weights; [metrics](crate::metrics) do.
    ///
    /// # Errors
    /// More or fewer weights than samples; one that is negative or not finite. That no weight is positive is one where a model is
    /// trained or judged: a part of a [`Source`](crate::source::Source) may well have the weight 0.
    pub fn with_weights(self, weights: impl Into<Vec<f32>>) -> Result<Self> {
        let weights = weights.into();
        let wrong = |why| Err(Error::Samples { why });
        if weights.len() != self.len() {
            let why = format!("{} weights for {} samples; each sample needs one", weights.len(), self.len());
            return wrong(why);
        }
        if let Some(at) = weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0) {
            return wrong(format!(
                "the weight of sample {at} is {}; it must be finite and at least 0",
                weights[at]
            ));
        }
        Ok(Self { weights: Some(weights), ..self })
    }

    /// The inputs; of several, the first.
    pub fn inputs(&self) -> &Samples {
        &self.inputs[0].1
    }

    /// The targets; of several, the first.
    pub fn targets(&self) -> &Targets {
        &self.targets[0].1
    }

    /// The input with this name.
    pub fn input(&self, name: &str) -> Option<&Samples> {
        self.inputs.iter().find(|(known, _)| known == name).map(|(_, samples)| samples)
    }

    /// How many samples there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.inputs().len()
    }

    /// All inputs with their names.
    pub(crate) fn named_inputs(&self) -> Vec<(&str, &Samples)> {
        self.inputs.iter().map(|(name, samples)| (name.as_str(), samples)).collect()
    }

    /// All targets with their names.
    pub(crate) fn named_targets(&self) -> impl Iterator<Item = (&str, Target<'_>)> {
        self.targets.iter().map(|(name, kind)| (name.as_str(), Target { kind, inputs: self.inputs() }))
    }

    /// Bytes that a device takes for its samples.
    pub(crate) fn bytes(&self) -> usize {
        let inputs = self.inputs.iter().map(|(_, samples)| samples.width() * samples.element().bytes());
        let targets = self.named_targets().filter(|(_, target)| !target.are_inputs());
        let targets = targets.map(|(_, target)| target.width() * target.element().bytes());
        let weight = self.weights.as_ref().map_or(0, |_| size_of::<f32>());
        self.len() * (inputs.chain(targets).sum::<usize>() + weight)
    }

    pub(crate) fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// An error where the samples have weights, and all are 0.
    pub(crate) fn check_any_weight(&self) -> Result<()> {
        match &self.weights {
            Some(weights) if weights.iter().all(|weight| *weight == 0.0) => {
                let why =
                    "every weight is 0, so there is nothing to learn from; give a sample a positive weight";
                Err(Error::Samples { why: why.into() })
            }
            _ => Ok(()),
        }
    }

    /// A number that differs between datasets of different values, but for chance: FNV-1a over whole words (Fowler, Noll
    /// and Vo, *The FNV Non-Cryptographic Hash Algorithm*).
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut sum = FNV_OFFSET;
        let mut mix = |word: u32| sum = (sum ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3);
        self.inputs.iter().for_each(|(_, samples)| samples.each_word(&mut mix));
        for (_, targets) in &self.targets {
            match targets {
                Targets::Inputs => {}
                Targets::Reals(targets) => targets.iter().for_each(|value| mix(value.to_bits())),
                Targets::Labels(labels) => labels.iter().copied().for_each(&mut mix),
            }
        }
        self.weights.iter().flatten().for_each(|weight| mix(weight.to_bits()));
        sum
    }
}

impl Targets {
    /// How many there are, where they are not the inputs.
    fn len(&self) -> Option<usize> {
        match self {
            Self::Inputs => None,
            Self::Reals(values) => Some(values.nrows()),
            Self::Labels(labels) => Some(labels.len()),
        }
    }
}

fn equal_counts(inputs: usize, targets: usize) -> Result<()> {
    if inputs == targets {
        return Ok(());
    }
    Err(Error::Samples { why: format!("{inputs} inputs and {targets} targets; each input needs one target") })
}
