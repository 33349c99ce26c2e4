//! Parts of other models from files.

use std::fmt;
use std::path::Path;

use super::Model;
use super::snapshot::OWN;
use crate::backend::Values;
use crate::error::file::list;
use crate::error::{Error, Result};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::nn::parameters::{Entry, behind};

/// What [`Model::load_part`] has loaded, and what it has left as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "it says what was not loaded"]
#[non_exhaustive]
pub struct LoadedPart {
    /// Parameters of the model that have the file's numbers now.
    pub loaded: Vec<String>,
    /// Parameters of the model's part that the file does not have.
    pub missing: Vec<String>,
    /// Arrays of the file's part that have no place in the model, by their names in the file.
    pub extra: Vec<String>,
    /// Parameters whose array has another shape: name, the parameter's shape, the array's.
    pub misshaped: Vec<(String, Vec<usize>, Vec<usize>)>,
}

impl Model {
    /// Takes a part of another model from a safetensors file of any origin, `F32`, `F16` or `BF16`. The part `from` of the file is
    /// what has this name or begins with it and a dot: `encoder` means `encoder.weight` and `encoder.dense_1.bias`, not
    /// `encoder_2.weight`. Its arrays go to the parameters of the part `to`, with what follows in their names; an empty name means all.
    ///
    /// What does not fit is reported and stays as it was: a parameter whose array has another shape keeps its numbers. All other
    /// parameters of the part are loaded.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::{Dense, Tanh};
    /// use wgrad::{Optimizer, Sequential, losses};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("autoencoder.safetensors");
    /// let (cpu, mse, adam) = (Cpu::<f32>::new, losses::MeanSquaredError, Optimizer::adam(0.01));
    /// let net = Sequential::new([8]).add_named("encoder", Dense::new(4)).add(Tanh).add(Dense::new(8));
    /// net.compile(cpu()?, mse, adam.clone(), 0)?.save(&path)?;
    ///
    /// let net = Sequential::new([8]).add_named("backbone", Dense::new(4)).add(Tanh).add_named("head", Dense::new(2));
    /// let mut model = net.compile(cpu()?, mse, adam, 1)?;
    /// let part = model.load_part(&path, "encoder", "backbone")?;
    /// assert_eq!(part.loaded, ["backbone.weight", "backbone.bias"]);
    /// model.freeze("backbone")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A file that cannot be read; a part that the file or the model does not have; numbers that `f32` does not hold; no array that
    /// fits; a lost device. The model then keeps its own.
    pub fn load_part(&mut self, path: impl AsRef<Path>, from: &str, to: &str) -> Result<LoadedPart> {
        let path = path.as_ref();
        let file = TensorFile::read(path)?;
        let entries = self.layout.entries.clone();
        let wanted: Vec<&Entry> = entries.iter().filter(|entry| rest(&entry.name, to).is_some()).collect();
        if wanted.is_empty() {
            let known = self.parameter_names().map(str::to_string).collect();
            return Err(Error::ParameterName { name: to.into(), known });
        }
        let (part, arrays) =
            LoadedPart::matched(&file, [from, to], &wanted).map_err(|fault| fault.of(path))?;
        for (entry, values) in arrays {
            self.backend.write(entry.tensor, Values::Real(&values))?;
        }
        Ok(part)
    }
}

/// Parameters, and the numbers that a file has for them.
type Arrays<'e> = Vec<(&'e Entry, Vec<f32>)>;

impl LoadedPart {
    /// What of a part of a file goes to a part of a model, and the numbers for that.
    fn matched<'e>(
        file: &TensorFile,
        [from, to]: [&str; 2],
        wanted: &[&'e Entry],
    ) -> Result<(Self, Arrays<'e>), FileFault> {
        let mut part = Self { extra: names_in(file, from)?, ..Self::default() };
        let mut arrays = Arrays::new();
        for entry in wanted {
            let (name, source) =
                (entry.name.clone(), joined(from, rest(&entry.name, to).unwrap_or_default()));
            part.extra.retain(|other| *other != source);
            match file.shape(&source) {
                None => part.missing.push(name),
                Some(found) if entry.takes(found) => {
                    arrays.push((*entry, file.reals(&source)?.into_iter().collect()));
                    part.loaded.push(name);
                }
                Some(found) => part.misshaped.push((name, entry.shape.clone(), found.to_vec())),
            }
        }
        if part.loaded.is_empty() {
            let Self { missing, extra, misshaped, .. } = part;
            return Err(FileFault::Weights { missing, extra, misshaped });
        }
        Ok((part, arrays))
    }
}

/// Two lines: what was loaded, and what was not and why.
impl fmt::Display for LoadedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loaded: {}", self.loaded.join(", "))?;
        match list(&self.missing, &self.extra, &self.misshaped).as_str() {
            "" => Ok(()),
            left => write!(f, "\nnot loaded: {left}"),
        }
    }
}

/// The names of the weights in a part of a file.
fn names_in(file: &TensorFile, part: &str) -> Result<Vec<String>, FileFault> {
    let weights = file.names().filter(|name| !name.starts_with(OWN));
    let known: Vec<String> = weights.map(str::to_string).collect();
    let names: Vec<String> = known.iter().filter(|name| rest(name, part).is_some()).cloned().collect();
    if names.is_empty() { Err(FileFault::NoArray { name: part.into(), known }) } else { Ok(names) }
}

/// What a name has beside that of its part; all of it where that is empty.
fn rest<'n>(name: &'n str, part: &str) -> Option<&'n str> {
    if part.is_empty() {
        return Some(name);
    }
    behind(name, part).map(|rest| rest.trim_start_matches('.'))
}

/// The name of what a part has under this one.
fn joined(part: &str, rest: &str) -> String {
    match (part, rest) {
        ("", whole) | (whole, "") => whole.to_string(),
        _ => format!("{part}.{rest}"),
    }
}
