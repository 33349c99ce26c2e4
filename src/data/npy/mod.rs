//! Arrays of NumPy's, from `.npy` and `.npz` files.

mod header;
mod kind;
mod npz;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::npy::NpyFault;
use crate::error::{Error, Result};
use crate::train::dataset::Samples;
use header::Header;
use kind::{Kind, Number};

pub use npz::NpzFile;

/// An array of NumPy's. Its first axis counts samples, and the others are the shape of one.
///
/// It may hold floats of 16, 32 or 64 bits, integers of any size, or booleans, in either order of bytes and axes.
///
/// ```
/// use wgrad::data::NpyArray;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("images.npy");
/// # let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 2), }\n";
/// # let start = [b"\x93NUMPY\x01\x00", &[header.len() as u8, 0][..], header.as_bytes()].concat();
/// # std::fs::write(&path, [&start[..], &[0, 255, 128, 64, 0, 0, 255, 255]].concat())?;
/// // numpy.save("images.npy", images), of shape (2, 2, 2) and type uint8
/// let images = NpyArray::read(&path)?.samples()?;
/// assert_eq!((images.len(), images.shape()), (2, &[2, 2][..]));
/// assert_eq!(images.to_array()[[0, 1]], 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NpyArray {
    path: PathBuf,
    /// Its name in an archive.
    name: Option<String>,
    shape: Vec<usize>,
    kind: Kind,
    /// Row-major.
    bytes: Vec<u8>,
}

impl NpyArray {
    /// Reads a `.npy` file.
    ///
    /// # Errors
    /// A file that cannot be read or is no whole `.npy` file; elements that are no numbers.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let content = File::open(path).map_err(|source| NpyFault::Read { source }.of(path, None))?;
        Self::of(BufReader::new(content), path, None)
    }

    /// Reads what a file or an archive holds under a name.
    fn of(content: impl Read, path: &Path, name: Option<&str>) -> Result<Self> {
        let fault = |fault: NpyFault| fault.of(path, name);
        let (Header { kind, shape, .. }, bytes) = header::read(content).map_err(fault)?;
        Ok(Self { path: path.into(), name: name.map(str::to_string), shape, kind, bytes })
    }

    /// The shape, whose first number is that of the samples.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// As samples: `uint8` as bytes, of which 255 stands for 1; other integers as integers; booleans as the integers 0 and 1;
    /// floats as numbers. [`reals`](Self::reals) makes numbers of any type.
    ///
    /// # Errors
    /// No samples; an integer that is not in `0..2³²`; a number that is not finite as `f32`.
    pub fn samples(self) -> Result<Samples> {
        let shape = self.sample_shape()?;
        match self.kind {
            Kind::BYTE => Samples::images(self.bytes, shape),
            kind if kind.is_float() => Samples::shaped(self.all(Number::real)?, shape),
            _ => Samples::integers(self.all(Number::class)?, shape),
        }
    }

    /// As samples of numbers, whatever the type: a byte of 255 is 255.0.
    ///
    /// # Errors
    /// No samples; a number that is not finite as `f32`.
    pub fn reals(self) -> Result<Samples> {
        let shape = self.sample_shape()?;
        Samples::shaped(self.all(Number::real)?, shape)
    }

    /// As labels: a whole number from 0 on for each sample.
    ///
    /// # Errors
    /// No samples; several numbers a sample; a number that is no label.
    pub fn labels(self) -> Result<Vec<u32>> {
        if self.sample_shape()?.iter().product::<usize>() != 1 {
            return Err(self.fault(NpyFault::Labels { shape: self.shape.clone() }));
        }
        self.all(Number::class)
    }

    fn sample_shape(&self) -> Result<Vec<usize>> {
        match self.shape.as_slice() {
            [] => Err(self.fault(NpyFault::NoSamples { shape: vec![] })),
            shape if shape.contains(&0) => Err(self.fault(NpyFault::NoSamples { shape: shape.to_vec() })),
            [_] => Ok(vec![1]),
            [_, sample @ ..] => Ok(sample.to_vec()),
        }
    }

    /// What all elements stand for, or the fault of the first that stands for nothing.
    fn all<T>(&self, meaning: impl Fn(Number) -> Result<T, &'static str>) -> Result<Vec<T>> {
        let numbers = self.bytes.chunks_exact(self.kind.size()).map(|bytes| self.kind.number(bytes));
        let meant = numbers.enumerate().map(|(at, number)| {
            let fault =
                |wanted| NpyFault::Number { index: self.index(at), value: number.to_string(), wanted };
            meaning(number).map_err(|wanted| self.fault(fault(wanted)))
        });
        meant.collect()
    }

    /// The place of element `at` in each axis.
    fn index(&self, mut at: usize) -> Vec<usize> {
        let mut index = vec![0; self.shape.len()];
        for (index, size) in index.iter_mut().zip(&self.shape).rev() {
            *index = at % size;
            at /= size;
        }
        index
    }

    fn fault(&self, fault: NpyFault) -> Error {
        fault.of(&self.path, self.name.as_deref())
    }
}

impl NpyFault {
    /// The error that also names the file, and the array in it.
    fn of(self, path: &Path, array: Option<&str>) -> Error {
        Error::Npy { path: path.into(), array: array.map(str::to_string), fault: self }
    }
}
