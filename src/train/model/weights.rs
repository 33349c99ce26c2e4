//! Parameters in and out.

use ndarray::{Array2, ArrayView2};

use super::{Model, Snapshot};
use crate::backend::{Values, wait};
use crate::error::{Error, Result, misshaped};
use crate::nn::parameters::Entry;
use crate::program::tensor::Tensor;

impl Model {
    /// The names of the parameters, in the order of the layers: `dense_1.weight`, `dense_1.bias`.
    pub fn parameter_names(&self) -> impl Iterator<Item = &str> {
        self.layout.entries.iter().map(|entry| entry.name.as_str())
    }

    /// A parameter by its name. A dense layer's weight is inputs × units, its bias 1 × units.
    ///
    /// # Errors
    /// A name that no parameter has; a lost device.
    pub fn parameter(&mut self, name: &str) -> Result<Array2<f32>> {
        wait("parameter_async", self.parameter_async(name))
    }

    /// [`parameter`](Model::parameter) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn parameter_async(&mut self, name: &str) -> Result<Array2<f32>> {
        let tensor = self.entry(name)?.tensor;
        let values = self.read(tensor).await?;
        let values = Array2::from_shape_vec((tensor.rows, tensor.cols), values);
        values.map_err(misshaped)
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// A name that no parameter has; another shape than the parameter's, with both; a lost device.
    pub fn set_parameter(&mut self, name: &str, values: ArrayView2<'_, f32>) -> Result<()> {
        let Entry { name, tensor, .. } = self.entry(name)?.clone();
        let (expected, found) = (tensor.shape(), [values.nrows(), values.ncols()]);
        if expected != found {
            return Err(Error::ParameterShape { name, expected, found });
        }
        let values: Vec<f32> = values.iter().copied().collect();
        self.backend.write(tensor, Values::Real(&values))
    }

    /// Sets a parameter to these numbers, row after row.
    ///
    /// # Errors
    /// A name that no parameter has; more or fewer numbers than the parameter's, with both; a lost device.
    pub fn set_parameter_rows(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let Entry { name, tensor, .. } = self.entry(name)?.clone();
        if values.len() != tensor.len() {
            return Err(Error::ParameterLength { name, expected: tensor.shape(), found: values.len() });
        }
        self.backend.write(tensor, Values::Real(values))
    }

    /// All parameters, to be restored later.
    ///
    /// # Errors
    /// A lost device.
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        wait("snapshot_async", self.snapshot_async())
    }

    /// [`snapshot`](Model::snapshot) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn snapshot_async(&mut self) -> Result<Snapshot> {
        self.read_arena(self.layout.arenas.parameters).await
    }

    /// Sets all parameters to those of a snapshot of this model.
    ///
    /// # Errors
    /// A snapshot of another model; a lost device.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.write_arena(self.layout.arenas.parameters, snapshot)
    }

    /// Reads what an arena holds of each parameter.
    /// What a tensor holds, after all work before is done.
    pub(super) async fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.backend.read_later(tensor)?.await
    }

    /// Comes back once the device is not far behind.
    pub(super) async fn caught_up(&mut self) -> Result<()> {
        self.backend.caught_up()?.await.map(|_| ())
    }

    pub(super) async fn read_arena(&mut self, arena: Tensor) -> Result<Snapshot> {
        let values = self.read(arena).await?;
        Ok(Snapshot::new(&self.layout.entries, &values))
    }

    pub(super) fn write_arena(&mut self, arena: Tensor, snapshot: &Snapshot) -> Result<()> {
        if let Some(values) = snapshot.arranged(&self.layout.entries, arena.len()) {
            return self.backend.write(arena, Values::Real(&values));
        }
        Err(Error::Transfer { why: "the snapshot is of a model with other parameters".into() })
    }

    pub(super) fn entry(&self, name: &str) -> Result<&Entry> {
        self.layout.entries.iter().find(|entry| entry.name == name).ok_or_else(|| Error::ParameterName {
            name: name.into(),
            known: self.parameter_names().map(str::to_string).collect(),
        })
    }
}
