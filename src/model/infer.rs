//! Evaluation, prediction and encoding.

use ndarray::Array2;

use super::Model;
use super::train::{Loaded, batches_of};
use crate::backend::Values;
use crate::dataset::{Dataset, Samples};
use crate::error::Result;
use crate::layers::Mode;

/// Samples that are evaluated together.
const BATCH: usize = 256;

/// Values of inputs and outputs that are on the device at once, so that any number of samples fits.
const VALUES_AT_ONCE: usize = 16 << 20;

/// How good a model is on a dataset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    /// The mean loss of a sample.
    pub loss: f64,
    /// The share of samples whose largest output is that of their label, where targets are labels.
    pub accuracy: Option<f64>,
}

impl Model {
    /// The mean loss and, for labels, the accuracy on a dataset.
    ///
    /// # Errors
    /// A dataset that does not fit the model; a loss that is not finite; a lost device.
    pub fn evaluate(&mut self, data: &Dataset) -> Result<Metrics> {
        let loaded = self.load_evaluation(data)?;
        let metrics = self.run_evaluation(&loaded);
        self.backend.release(loaded.program);
        metrics
    }

    /// The model's outputs, samples × outputs.
    ///
    /// # Errors
    /// Samples that do not fit the model; a lost device.
    pub fn predict(&mut self, samples: &Samples) -> Result<Array2<f32>> {
        self.outputs(samples, self.net.layers.len())
    }

    /// The outputs of the layer with this name, samples × its outputs: latents.
    ///
    /// # Errors
    /// A name that no layer has; samples that do not fit the model; a lost device.
    pub fn encode(&mut self, layer: &str, samples: &Samples) -> Result<Array2<f32>> {
        self.outputs(samples, self.net.position(layer)? + 1)
    }

    fn outputs(&mut self, samples: &Samples, layers: usize) -> Result<Array2<f32>> {
        let shapes = self.net.output_shapes()?;
        let last = shapes[..layers].last().map_or(self.net.input_shape(), Vec::as_slice);
        let width: usize = last.iter().product();
        let at_once = (VALUES_AT_ONCE / width.max(samples.width())).clamp(1, samples.len());
        let prediction = self.record_prediction(samples, at_once, BATCH, layers)?;
        let program = self.backend.compile(&prediction.program)?;
        let mut values = Vec::with_capacity(samples.len() * width);
        let order: Vec<u32> = (0..at_once as u32).collect();
        let outcome = self.backend.write(prediction.indices, Values::U32(&order)).and_then(|()| {
            for start in (0..samples.len()).step_by(at_once) {
                let count = at_once.min(samples.len() - start);
                let inputs = prediction.inputs.row_range(0..count);
                self.backend.write(inputs, samples.values(start..start + count))?;
                self.backend.run(program, &batches_of(count, prediction.program.capacity()))?;
                values.extend(self.backend.read(prediction.outputs.row_range(0..count))?);
            }
            Ok(())
        });
        self.backend.release(program);
        outcome?;
        let outputs = Array2::from_shape_vec((samples.len(), width), values);
        outputs.map_err(|error| crate::Error::Transfer { why: error.to_string() })
    }

    pub(super) fn load_evaluation(&mut self, data: &Dataset) -> Result<Loaded> {
        self.load_epoch("evaluate", data, BATCH, Mode::Infer)
    }

    pub(super) fn run_evaluation(&mut self, loaded: &Loaded) -> Result<Metrics> {
        self.backend.run(loaded.program, &loaded.batches)?;
        self.read_metrics(loaded)
    }
}
