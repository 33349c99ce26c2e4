//! Arrays in the safetensors format, which NumPy, PyTorch and Keras users read with the package of that name.

mod numbers;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use ndarray::{ArrayD, ArrayView, Dimension, IxDyn};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::Value;

use crate::error::Result;
pub use crate::error::file::FileFault;
use crate::file::whole_file::write_whole;
use numbers::Number;

/// The metadata entry that describes a model or another thing of this crate, as JSON.
const DESCRIPTION: &str = "wgrad";

/// The longest header that is read: thousands of arrays. What a parser makes of a header is larger than it.
const MOST_HEADER: u64 = 1 << 20;

/// Named arrays, as a safetensors file holds them.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::TensorFile;
///
/// let file = TensorFile::new().with_reals("latents", array![[1.0, 2.0]].view()).with_integers("labels", &[7]);
/// let read = TensorFile::from_bytes(&file.to_bytes()?)?;
/// assert_eq!(read.reals("latents")?, array![[1.0, 2.0]].into_dyn());
/// # Ok::<(), wgrad::FileFault>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorFile {
    arrays: BTreeMap<String, Array>,
    description: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Array {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl TensorFile {
    /// No array yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds numbers as `F32`.
    #[must_use]
    pub fn with_reals<D: Dimension>(self, name: &str, values: ArrayView<'_, f32, D>) -> Self {
        self.with(name, values.shape(), values.iter())
    }

    /// Adds numbers as `F32`; as many as the shape says.
    pub(crate) fn with_shaped(self, name: &str, shape: &[usize], values: &[f32]) -> Self {
        self.with(name, shape, values.iter())
    }

    /// Adds numbers as `F64`.
    #[must_use]
    pub fn with_doubles<D: Dimension>(self, name: &str, values: ArrayView<'_, f64, D>) -> Self {
        self.with(name, values.shape(), values.iter())
    }

    /// Adds integers as `U32`.
    #[must_use]
    pub fn with_integers(self, name: &str, values: &[u32]) -> Self {
        self.with(name, &[values.len()], values.iter())
    }

    /// Numbers of `F32`, `F16` or `BF16`, all of which `f32` holds exactly.
    ///
    /// # Errors
    /// A name that is not there; numbers of another kind.
    pub fn reals(&self, name: &str) -> Result<ArrayD<f32>, FileFault> {
        self.get(name)
    }

    /// Numbers of `F64`.
    ///
    /// # Errors
    /// A name that is not there; numbers of another kind.
    pub fn doubles(&self, name: &str) -> Result<ArrayD<f64>, FileFault> {
        self.get(name)
    }

    /// Integers of `U32`.
    ///
    /// # Errors
    /// A name that is not there; numbers of another kind.
    pub fn integers(&self, name: &str) -> Result<Vec<u32>, FileFault> {
        self.get(name).map(|values| values.into_iter().collect())
    }

    /// The names of the arrays, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// An array's shape.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.arrays.get(name).map(|array| array.shape.as_slice())
    }

    /// An error unless an array that is there has this shape.
    pub(crate) fn check_shape(&self, name: &str, wanted: &[usize]) -> Result<(), FileFault> {
        match self.shape(name) {
            Some(found) if found != wanted => Err(FileFault::Shape {
                name: name.to_string(),
                found: found.to_vec(),
                wanted: wanted.to_vec(),
            }),
            _ => Ok(()),
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        write_whole(path, &self.to_bytes().map_err(|fault| fault.of(path))?)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, or is no safetensors file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| FileFault::Read { source });
        bytes.and_then(|bytes| Self::from_bytes(&bytes)).map_err(|fault| fault.of(path))
    }

    /// What the file holds; the same bytes for the same arrays.
    ///
    /// # Errors
    /// A header longer than can be read again.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FileFault> {
        let views = self.arrays.iter().map(|(name, array)| {
            TensorView::new(array.dtype, array.shape.clone(), &array.bytes).map(|view| (name, view))
        });
        let views = views.collect::<std::result::Result<Vec<_>, _>>().map_err(FileFault::format)?;
        let notes = self.description.clone().map(|text| HashMap::from([(DESCRIPTION.to_string(), text)]));
        let bytes = serialize(views, notes).map_err(FileFault::format)?;
        check_header(&bytes)?;
        Ok(bytes)
    }

    /// Reads what a file holds.
    ///
    /// # Errors
    /// Bytes that are no whole safetensors file, or begin with a header of more than a mebibyte.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FileFault> {
        check_header(bytes)?;
        let (header, metadata) = SafeTensors::read_metadata(bytes).map_err(FileFault::format)?;
        let data = bytes.get(size_of::<u64>() + header..).unwrap_or_default();
        let description = metadata.metadata().as_ref().and_then(|notes| notes.get(DESCRIPTION)).cloned();
        let array = |(name, info): (String, &safetensors::tensor::TensorInfo)| {
            let bytes = data.get(info.data_offsets.0..info.data_offsets.1).unwrap_or_default().to_vec();
            (name, Array { dtype: info.dtype, shape: info.shape.clone(), bytes })
        };
        Ok(Self { arrays: metadata.tensors().into_iter().map(array).collect(), description })
    }

    /// The same with `F16` in the place of `F32`, each number rounded to the nearest, which is within 1/2048 of it.
    ///
    /// # Errors
    /// A number of more than 65504, which `F16` does not hold.
    pub fn into_half(mut self) -> Result<Self, FileFault> {
        for (name, array) in &mut self.arrays {
            if array.dtype == Dtype::F32 {
                let bytes = numbers::half(&array.bytes);
                array.bytes = bytes.map_err(|value| FileFault::Range { name: name.clone(), value })?;
                array.dtype = Dtype::F16;
            }
        }
        Ok(self)
    }

    /// Sets what the file says of itself.
    pub(crate) fn with_description(self, description: &Value) -> Self {
        Self { description: Some(description.to_string()), ..self }
    }

    /// What the file says of itself.
    pub(crate) fn description(&self) -> Result<Value, FileFault> {
        let text = self.description.as_ref().ok_or(FileFault::Undescribed)?;
        let wrong = |why| FileFault::Description { why };
        match serde_json::from_str(text).map_err(|error| wrong(error.to_string()))? {
            description @ Value::Object(_) => Ok(description),
            other => Err(wrong(format!("it is {other}, and should be an object"))),
        }
    }

    fn with<'a, N: Number + 'a>(
        mut self,
        name: &str,
        shape: &[usize],
        values: impl Iterator<Item = &'a N>,
    ) -> Self {
        let mut bytes = Vec::with_capacity(values.size_hint().0 * size_of::<N>());
        values.for_each(|value| value.append_to(&mut bytes));
        self.arrays.insert(name.to_string(), Array { dtype: N::DTYPE, shape: shape.to_vec(), bytes });
        self
    }

    fn get<N: Number>(&self, name: &str) -> Result<ArrayD<N>, FileFault> {
        let array = self.arrays.get(name).ok_or_else(|| FileFault::NoArray {
            name: name.to_string(),
            known: self.names().map(str::to_string).collect(),
        })?;
        let values = N::all_of(array.dtype, &array.bytes).ok_or_else(|| FileFault::Kind {
            name: name.to_string(),
            found: array.dtype.to_string(),
            wanted: N::DTYPE.to_string(),
        })?;
        ArrayD::from_shape_vec(IxDyn(&array.shape), values).map_err(FileFault::format)
    }
}

fn check_header(bytes: &[u8]) -> Result<(), FileFault> {
    let length = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
    if length <= MOST_HEADER {
        return Ok(());
    }
    Err(FileFault::Header { bytes: length, most: MOST_HEADER })
}
