//! Parameters that are not trained.

use std::collections::BTreeSet;

use super::{Layout, Model};
use crate::backend::Values;
use crate::error::{Error, Result};
use crate::nn::optimizer::Halves;
use crate::nn::parameters::Entry;

impl Model {
    /// Leaves parameters as they are in all further training: those of a layer with this name, or a single one. They have no
    /// gradient, no part in the norm that is clipped, no decay, and their moments stay.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::{Dense, Tanh};
    /// use wgrad::{Loss, Optimizer, Sequential};
    ///
    /// let net = Sequential::new([8]).add_named("encoder", Dense::new(4)).add(Tanh).add_named("head", Dense::new(2));
    /// let mut model = net.compile(Cpu::<f32>::new()?, Loss::MeanSquaredError, Optimizer::adam(0.01), 0)?;
    /// model.freeze("encoder")?;
    /// assert_eq!(model.frozen().collect::<Vec<_>>(), ["encoder.bias", "encoder.weight"]);
    /// model.thaw("encoder")?;
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// A name that no layer and no parameter has; a bias without its weight, which it is a row of; a lost device.
    pub fn freeze(&mut self, name: &str) -> Result<()> {
        let mut frozen = self.frozen.clone();
        frozen.extend(self.parameters_of(name)?);
        self.set_frozen(frozen)
    }

    /// Trains parameters again that were frozen, with the moments that they had. Adam's corrections count all steps of the model,
    /// as Keras does.
    ///
    /// # Errors
    /// As [`Model::freeze`].
    pub fn thaw(&mut self, name: &str) -> Result<()> {
        let thawed = self.parameters_of(name)?;
        let frozen = self.frozen.iter().filter(|name| !thawed.contains(name)).cloned().collect();
        self.set_frozen(frozen)
    }

    /// The names of the parameters that are frozen.
    pub fn frozen(&self) -> impl Iterator<Item = &str> {
        self.frozen.iter().map(String::as_str)
    }

    fn parameters_of(&self, name: &str) -> Result<Vec<String>> {
        let within = |entry: &Entry| {
            entry.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let found: Vec<_> = self
            .layout
            .entries
            .iter()
            .filter(|entry| within(entry))
            .map(|entry| entry.name.clone())
            .collect();
        if found.is_empty() {
            let known = self.parameter_names().map(str::to_string).collect();
            return Err(Error::ParameterName { name: name.into(), known });
        }
        Ok(found)
    }

    /// Puts the parameters and all that training keeps of them where a layout with these frozen ones has them.
    pub(super) fn set_frozen(&mut self, frozen: BTreeSet<String>) -> Result<()> {
        self.check_joined(&frozen)?;
        let layout = Layout::new(&self.net, &self.optimizer, &frozen)?;
        let (old, new) = (self.layout.arenas.clone(), layout.arenas.clone());
        let kept = std::iter::once(old.parameters).chain(old.moments);
        let kept = kept.map(|arena| self.read_arena(arena)).collect::<Result<Vec<_>>>()?;
        let state = old.halves.iter().flat_map(Halves::state).map(|tensor| self.backend.read(tensor));
        let state = state.collect::<Result<Vec<_>>>()?;
        let arenas = self.backend.compile(&layout.as_program())?;
        self.backend.release(std::mem::replace(&mut self.arenas, arenas));
        (self.layout, self.frozen) = (layout, frozen);
        for (arena, snapshot) in std::iter::once(new.parameters).chain(new.moments).zip(&kept) {
            self.write_arena(arena, snapshot)?;
        }
        for (tensor, values) in new.halves.iter().flat_map(Halves::state).zip(&state) {
            self.backend.write(tensor, Values::Real(values))?;
        }
        self.layout.write_constants(&mut *self.backend)
    }

    /// An error where a bias and its weight, which are one tensor, are not both frozen or both trained.
    fn check_joined(&self, frozen: &BTreeSet<String>) -> Result<()> {
        for pair in self.layout.entries.windows(2) {
            if pair[1].joined && frozen.contains(&pair[0].name) != frozen.contains(&pair[1].name) {
                let why = format!(
                    "{} and {} are one tensor, and only one of them would be frozen; name their layer",
                    pair[0].name, pair[1].name
                );
                return Err(Error::Setting { why });
            }
        }
        Ok(())
    }
}
