//! Parameters that are not trained, or slower than others.

use super::trainable::{Trainable, is_factor};
use super::{Layout, Model};
use crate::backend::{Values, wait};
use crate::error::{Error, Result};
use crate::nn::optimizer::Halves;
use crate::nn::parameters::{Entry, behind};

impl Model {
    /// Leaves parameters as they are in all further training: those of a layer with this name, or a single one. They have no
    /// gradient, no part in the norm that is clipped, no decay, and their moments stay.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::{Dense, Tanh};
    /// use wgrad::{Optimizer, Sequential, losses};
    ///
    /// let net = Sequential::new([8]).add_named("encoder", Dense::new(4)).add(Tanh).add_named("head", Dense::new(2));
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.01), 0)?;
    /// model.freeze("encoder")?;
    /// assert_eq!(model.frozen().collect::<Vec<_>>(), ["encoder.bias", "encoder.weight"]);
    /// model.thaw("encoder")?;
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// A name that no layer and no parameter has; a bias without its weight, which it is a row of; a lost device.
    pub fn freeze(&mut self, name: &str) -> Result<()> {
        wait("freeze_async", self.freeze_async(name))
    }

    /// [`freeze`](Model::freeze) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn freeze_async(&mut self, name: &str) -> Result<()> {
        let mut trainable = self.trainable.clone();
        trainable.frozen.extend(self.parameters_of(name)?);
        self.set_trainable(trainable).await
    }

    /// Trains parameters again that were frozen, with the moments that they had. Adam's corrections count all steps of the model,
    /// as Keras does.
    ///
    /// # Errors
    /// As [`Model::freeze`].
    pub fn thaw(&mut self, name: &str) -> Result<()> {
        wait("thaw_async", self.thaw_async(name))
    }

    /// [`thaw`](Model::thaw) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn thaw_async(&mut self, name: &str) -> Result<()> {
        let (mut trainable, thawed) = (self.trainable.clone(), self.parameters_of(name)?);
        trainable.frozen.retain(|name| !thawed.contains(name));
        self.set_trainable(trainable).await
    }

    /// The names of the parameters that are frozen, and of frozen state.
    pub fn frozen(&self) -> impl Iterator<Item = &str> {
        self.trainable.frozen.iter().map(String::as_str)
    }

    /// Multiplies the learning rate of parameters, those of a layer with this name or a single one, in all further training: layers
    /// that were trained before often want a tenth. The weight decay, which is in proportion to the rate, follows.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::Dense;
    /// use wgrad::{Optimizer, Sequential, losses};
    ///
    /// let net = Sequential::new([8]).add_named("encoder", Dense::new(4)).add_named("head", Dense::new(2));
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.01), 0)?;
    /// model.set_rate_factor("encoder", 0.1)?;
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Model::freeze`]; a factor that is not positive and finite.
    pub fn set_rate_factor(&mut self, name: &str, factor: f32) -> Result<()> {
        wait("set_rate_factor_async", self.set_rate_factor_async(name, factor))
    }

    /// [`set_rate_factor`](Model::set_rate_factor) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn set_rate_factor_async(&mut self, name: &str, factor: f32) -> Result<()> {
        if !is_factor(factor) {
            let why = format!(
                "the rate factor of {name} is {factor}; it must be positive and finite, and freeze stops a layer"
            );
            return Err(Error::Setting { why });
        }
        let mut trainable = self.trainable.clone();
        for name in self.parameters_of(name)? {
            trainable.rate_factors.remove(&name);
            if factor != 1.0 {
                trainable.rate_factors.insert(name, factor);
            }
        }
        self.set_trainable(trainable).await
    }

    fn parameters_of(&self, name: &str) -> Result<Vec<String>> {
        let within = |entry: &Entry| behind(&entry.name, name).is_some();
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

    /// Puts the parameters and all that training keeps of them where a layout for these has them.
    pub(super) async fn set_trainable(&mut self, trainable: Trainable) -> Result<()> {
        if let Some(why) = trainable.fault(&self.layout.entries) {
            return Err(Error::Setting { why });
        }
        let layout = Layout::new(&self.net, &self.optimizer, &trainable)?;
        let (old, new) = (self.layout.arenas.clone(), layout.arenas.clone());
        let (mut kept, mut state) = (Vec::new(), Vec::new());
        for arena in std::iter::once(old.parameters).chain(old.moments) {
            kept.push(self.read_arena(arena).await?);
        }
        for tensor in old.halves.iter().flat_map(Halves::state) {
            state.push(self.read(tensor).await?);
        }
        let arenas = self.backend.compile(&layout.as_program())?;
        self.backend.release(std::mem::replace(&mut self.arenas, arenas));
        (self.layout, self.trainable) = (layout, trainable);
        for (arena, snapshot) in std::iter::once(new.parameters).chain(new.moments).zip(&kept) {
            self.write_arena(arena, snapshot)?;
        }
        for (tensor, values) in new.halves.iter().flat_map(Halves::state).zip(&state) {
            self.backend.write(tensor, Values::Real(values))?;
        }
        self.layout.write_constants(&mut *self.backend)
    }
}
