//! Samples and what a model should make of them.

use ndarray::{Array2, ArrayView2};

use crate::backend::Values;
use crate::error::{Error, Result};
use crate::program::tensor::Element;

/// The inputs of a model, one row a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    values: Stored,
    shape: Vec<usize>,
    count: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Stored {
    /// A byte `b` stands for `b / 255`.
    Bytes(Vec<u8>),
    Reals(Vec<f32>),
    Integers(Vec<u32>),
}

impl Samples {
    /// Images, kept as bytes on the device as well; a model sees `0.0..=1.0`.
    ///
    /// # Shapes
    /// `pixels`: images × the product of `shape`, the shape of one image.
    ///
    /// # Errors
    /// No images, or pixels that are no whole number of images.
    pub fn images(pixels: Vec<u8>, shape: impl Into<Vec<usize>>) -> Result<Self> {
        let (shape, values) = (shape.into(), pixels.len());
        let count = whole_samples(values, &shape)?;
        Ok(Self { values: Stored::Bytes(pixels), shape, count })
    }

    /// Samples of numbers.
    ///
    /// # Errors
    /// No samples, or a number that is not finite.
    pub fn reals(values: ArrayView2<'_, f32>) -> Result<Self> {
        Self::rows(values.iter().copied().collect::<Vec<_>>(), values.ncols())
    }

    /// Samples of `width` numbers each, one after another.
    ///
    /// ```
    /// use wgrad::Samples;
    ///
    /// let samples = Samples::rows([0.0, 0.1, 1.0, 1.1, 2.0, 2.1], 2)?;
    /// assert_eq!((samples.len(), samples.width()), (3, 2));
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// No samples, numbers that are no whole number of samples, or one that is not finite.
    pub fn rows(values: impl Into<Vec<f32>>, width: usize) -> Result<Self> {
        let (values, shape) = (values.into(), vec![width]);
        let count = whole_samples(values.len(), &shape)?;
        finite(&values, width)?;
        Ok(Self { values: Stored::Reals(values), shape, count })
    }

    /// Samples of integers: tokens, categories.
    ///
    /// ```
    /// use wgrad::Samples;
    ///
    /// let sentences = Samples::integers([5, 0, 2, 7, 1, 1], [3])?;
    /// assert_eq!((sentences.len(), sentences.width()), (2, 3));
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Shapes
    /// `values`: samples × the product of `shape`, the shape of one.
    ///
    /// # Errors
    /// No samples, or integers that are no whole number of samples.
    pub fn integers(values: impl Into<Vec<u32>>, shape: impl Into<Vec<usize>>) -> Result<Self> {
        let (values, shape) = (values.into(), shape.into());
        let count = whole_samples(values.len(), &shape)?;
        Ok(Self { values: Stored::Integers(values), shape, count })
    }

    /// How many there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.count
    }

    /// The shape of one.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Numbers in one.
    pub fn width(&self) -> usize {
        self.shape.iter().product()
    }

    /// The first `count`, or all if there are fewer.
    pub fn take(&self, count: usize) -> Self {
        let count = count.clamp(1, self.count);
        let end = count * self.width();
        let values = match &self.values {
            Stored::Bytes(values) => Stored::Bytes(values[..end].to_vec()),
            Stored::Reals(values) => Stored::Reals(values[..end].to_vec()),
            Stored::Integers(values) => Stored::Integers(values[..end].to_vec()),
        };
        Self { values, shape: self.shape.clone(), count }
    }

    /// As a model sees them, samples × width.
    pub fn to_array(&self) -> Array2<f32> {
        let width = self.width();
        Array2::from_shape_fn((self.count, width), |(i, j)| match &self.values {
            Stored::Bytes(values) => f32::from(values[i * width + j]) / 255.0,
            Stored::Reals(values) => values[i * width + j],
            Stored::Integers(values) => values[i * width + j] as f32,
        })
    }

    pub(crate) fn element(&self) -> Element {
        match self.values {
            Stored::Bytes(_) => Element::U8,
            Stored::Reals(_) => Element::Real,
            Stored::Integers(_) => Element::U32,
        }
    }

    /// What stored values are multiplied by.
    pub(crate) fn scale(&self) -> f32 {
        match self.values {
            Stored::Bytes(_) => 1.0 / 255.0,
            Stored::Reals(_) | Stored::Integers(_) => 1.0,
        }
    }

    /// The stored values of some samples.
    pub(crate) fn values(&self, samples: std::ops::Range<usize>) -> Values<'_> {
        let range = samples.start * self.width()..samples.end * self.width();
        match &self.values {
            Stored::Bytes(values) => Values::U8(&values[range]),
            Stored::Reals(values) => Values::Real(&values[range]),
            Stored::Integers(values) => Values::U32(&values[range]),
        }
    }

    /// Whether they are integers.
    pub(crate) fn are_integers(&self) -> bool {
        self.element() == Element::U32
    }

    /// Sample, place in it and value of the first integer that is not under `bound`, if there is one.
    pub(crate) fn first_beyond(&self, bound: usize) -> Option<(usize, usize, u32)> {
        let Stored::Integers(values) = &self.values else { return None };
        let at = values.iter().position(|value| *value as usize >= bound)?;
        Some((at / self.width(), at % self.width(), values[at]))
    }
}

/// Where the fingerprint of nothing begins.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// What a model should give for its inputs.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// The inputs themselves: an autoencoder.
    Inputs,
    /// Numbers, samples × outputs.
    Reals(Array2<f32>),
    /// The class of each sample.
    Labels(Vec<u32>),
}

/// Inputs and targets, as many of the one as of the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    inputs: Samples,
    targets: Targets,
}

impl Dataset {
    /// Inputs that are their own targets.
    pub fn autoencoder(inputs: Samples) -> Self {
        Self { inputs, targets: Targets::Inputs }
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
    /// use wgrad::{Dataset, Fit, Loss, Optimizer, Samples, Sequential};
    ///
    /// let sums = Dataset::pairs(Samples::rows([1.0, 2.0, 3.0, 1.0, 0.0, 2.0], 2)?, Samples::rows([3.0, 4.0, 2.0], 1)?)?;
    /// let net = Sequential::new([2]).add(Dense::new(1));
    /// let mut model = net.compile(Cpu::<f32>::new()?, Loss::MeanSquaredError, Optimizer::sgd(0.05), 0)?;
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
        Ok(Self { inputs, targets: Targets::Reals(targets.to_array()) })
    }

    /// Inputs and the class of each, counted from 0.
    ///
    /// # Errors
    /// Other numbers of inputs than of labels.
    pub fn classification(inputs: Samples, labels: Vec<u32>) -> Result<Self> {
        equal_counts(inputs.len(), labels.len())?;
        Ok(Self { inputs, targets: Targets::Labels(labels) })
    }

    /// The inputs.
    pub fn inputs(&self) -> &Samples {
        &self.inputs
    }

    /// The targets.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// How many samples there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// A number that differs between datasets of different values, but for chance: FNV-1a over whole words (Fowler, Noll
    /// and Vo, *The FNV Non-Cryptographic Hash Algorithm*).
    pub(crate) fn fingerprint(&self) -> u64 {
        let mix = |sum: u64, word: u32| (sum ^ u64::from(word)).wrapping_mul(0x0100_0000_01b3);
        let inputs = match &self.inputs.values {
            Stored::Bytes(values) => values.iter().map(|byte| u32::from(*byte)).fold(FNV_OFFSET, mix),
            Stored::Reals(values) => values.iter().map(|value| value.to_bits()).fold(FNV_OFFSET, mix),
            Stored::Integers(values) => values.iter().copied().fold(FNV_OFFSET, mix),
        };
        match &self.targets {
            Targets::Inputs => inputs,
            Targets::Reals(targets) => targets.iter().map(|value| value.to_bits()).fold(inputs, mix),
            Targets::Labels(labels) => labels.iter().copied().fold(inputs, mix),
        }
    }

    /// Numbers in a target; a label is one.
    pub(crate) fn target_width(&self) -> usize {
        match &self.targets {
            Targets::Inputs => self.inputs.width(),
            Targets::Reals(targets) => targets.ncols(),
            Targets::Labels(_) => 1,
        }
    }

    /// Sample, column and value of the first target beyond 0 and 1, if there is one; labels are none.
    pub(crate) fn target_outside_unit(&self) -> Option<(usize, usize, f32)> {
        let outside = |values: &mut dyn Iterator<Item = f32>, width: usize| {
            let at = values.enumerate().find(|(_, value)| !(0.0..=1.0).contains(value));
            at.map(|(at, value)| (at / width, at % width, value))
        };
        match (&self.targets, &self.inputs.values) {
            (Targets::Reals(targets), _) => outside(&mut targets.iter().copied(), targets.ncols()),
            (Targets::Inputs, Stored::Reals(inputs)) => {
                outside(&mut inputs.iter().copied(), self.inputs.width())
            }
            (Targets::Inputs, Stored::Bytes(_) | Stored::Integers(_)) | (Targets::Labels(_), _) => None,
        }
    }

    /// The targets as a device keeps them beside the inputs, if they are not the inputs.
    pub(crate) fn target_values(&self) -> Option<Vec<f32>> {
        match &self.targets {
            Targets::Inputs => None,
            Targets::Reals(targets) => Some(targets.iter().copied().collect()),
            Targets::Labels(labels) => Some(labels.iter().map(|label| *label as f32).collect()),
        }
    }
}

fn whole_samples(values: usize, shape: &[usize]) -> Result<usize> {
    let width = shape.iter().try_fold(1, |width: usize, size| width.checked_mul(*size)).unwrap_or(0);
    if values == 0 || width == 0 || !values.is_multiple_of(width) {
        return Err(Error::Samples {
            why: format!("{values} values make no whole number of samples of {shape:?}"),
        });
    }
    Ok(values / width)
}

fn equal_counts(inputs: usize, targets: usize) -> Result<()> {
    if inputs == targets {
        return Ok(());
    }
    Err(Error::Samples { why: format!("{inputs} inputs and {targets} targets; each input needs one target") })
}

fn finite(values: &[f32], width: usize) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(place) => Err(Error::Samples {
            why: format!(
                "the value of sample {}, column {} is {}; clean the data first",
                place / width,
                place % width,
                values[place]
            ),
        }),
        None => Ok(()),
    }
}
