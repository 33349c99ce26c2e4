//! Evaluation, prediction and encoding.

use ndarray::Array2;

use super::Model;
use super::train::Loaded;
use crate::error::Result;
use crate::nn::layers::Mode;
use crate::train::dataset::{Dataset, Samples};

/// Samples that are evaluated together.
const BATCH: usize = 256;

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
        self.outputs(samples, self.net.output_place())
    }

    /// The outputs of the layer with this name, samples × its outputs: latents.
    ///
    /// # Errors
    /// A name that no layer has; samples that do not fit the model; a lost device.
    pub fn encode(&mut self, layer: &str, samples: &Samples) -> Result<Array2<f32>> {
        self.outputs(samples, self.net.position(layer)?)
    }

    fn outputs(&mut self, samples: &Samples, at: usize) -> Result<Array2<f32>> {
        let width = self.net.width(at)?;
        let mapping = self.record_prediction(samples, BATCH, at, width)?;
        let program = self.backend.compile(&mapping.program)?;
        let values = mapping.run(&mut *self.backend, program, samples.len(), |some| samples.values(some));
        self.backend.release(program);
        let outputs = Array2::from_shape_vec((samples.len(), width), values?);
        outputs.map_err(|error| crate::error::Error::Transfer { why: error.to_string() })
    }

    pub(super) fn load_evaluation(&mut self, data: &Dataset) -> Result<Loaded> {
        self.load_epoch("evaluate", data, BATCH, Mode::Infer)
    }

    pub(super) fn run_evaluation(&mut self, loaded: &Loaded) -> Result<Metrics> {
        self.backend.run(loaded.program, &loaded.batches)?;
        self.read_metrics(loaded)
    }
}
