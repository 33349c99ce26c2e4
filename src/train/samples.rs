//! Samples: rows of numbers.

mod select;

use ndarray::{Array2, ArrayView2};

use crate::backend::Values;
use crate::error::{Error, Result};
use crate::program::tensor::Element;

pub(super) use select::check_indices;

/// The inputs of a model, one row a sample.
///
/// ```
/// use wgrad::Samples;
///
/// let images = Samples::images(vec![0, 255, 128, 64], [2, 2])?;
/// assert_eq!((images.len(), images.shape()), (1, &[2, 2][..]));
/// assert_eq!(images.to_array()[[0, 1]], 1.0);
/// # Ok::<(), wgrad::Error>(())
/// ```
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
        Self::shaped(values, [width])
    }

    /// Samples of numbers with the shape of one, such as `[28, 28, 1]` for images.
    ///
    /// ```
    /// use wgrad::Samples;
    ///
    /// let images = Samples::shaped([0.0, 0.5, 1.0, -1.0], [1, 2, 1])?;
    /// assert_eq!((images.len(), images.shape()), (2, &[1, 2, 1][..]));
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Shapes
    /// `values`: samples × the product of `shape`, row-major.
    ///
    /// # Errors
    /// No samples, numbers that are no whole number of samples, or one that is not finite.
    pub fn shaped(values: impl Into<Vec<f32>>, shape: impl Into<Vec<usize>>) -> Result<Self> {
        let (values, shape) = (values.into(), shape.into());
        let count = whole_samples(values.len(), &shape)?;
        finite(values.iter().copied(), &shape)?;
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
        Array2::from_shape_fn((self.count, width), |(i, j)| self.number(i * width + j))
    }

    /// Each number as a model sees it, sample by sample.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f32> {
        (0..self.count * self.width()).map(|at| self.number(at))
    }

    fn number(&self, at: usize) -> f32 {
        match &self.values {
            Stored::Bytes(values) => f32::from(values[at]) / 255.0,
            Stored::Reals(values) => values[at],
            Stored::Integers(values) => values[at] as f32,
        }
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

    /// Some samples' bytes as the numbers that a model sees, if they are bytes.
    pub(crate) fn scaled_bytes(&self, samples: std::ops::Range<usize>) -> Option<Vec<f32>> {
        match self.values(samples) {
            Values::U8(bytes) => Some(bytes.iter().map(|byte| f32::from(*byte) * self.scale()).collect()),
            _ => None,
        }
    }

    /// Each stored value as a word, a byte by itself.
    pub(super) fn each_word(&self, mix: &mut impl FnMut(u32)) {
        match &self.values {
            Stored::Bytes(values) => values.iter().for_each(|byte| mix(u32::from(*byte))),
            Stored::Reals(values) => values.iter().for_each(|value| mix(value.to_bits())),
            Stored::Integers(values) => values.iter().for_each(|value| mix(*value)),
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

fn whole_samples(values: usize, shape: &[usize]) -> Result<usize> {
    let width = shape.iter().try_fold(1, |width: usize, size| width.checked_mul(*size)).unwrap_or(0);
    if values == 0 || width == 0 || !values.is_multiple_of(width) {
        return Err(Error::Samples {
            why: format!("{values} values make no whole number of samples of {shape:?}"),
        });
    }
    Ok(values / width)
}

/// An error where a number is not finite, with its place in a sample of this shape.
pub(super) fn finite(values: impl Iterator<Item = f32>, shape: &[usize]) -> Result<()> {
    let Some((at, value)) = values.enumerate().find(|(_, value)| !value.is_finite()) else {
        return Ok(());
    };
    let width = shape.iter().product::<usize>();
    let (sample, place) = (at / width, place_text(at % width, shape));
    let why = format!("the value of sample {sample}, {place} is {value}; clean the data first");
    Err(Error::Samples { why })
}

/// A place in a sample: its column, or its index in each dimension.
fn place_text(mut at: usize, shape: &[usize]) -> String {
    if shape.len() == 1 {
        return format!("column {at}");
    }
    let mut index = vec![0; shape.len()];
    for (index, size) in index.iter_mut().zip(shape).rev() {
        *index = at % size;
        at /= size;
    }
    format!("place {index:?}")
}
