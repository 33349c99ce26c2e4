//! Evaluation, prediction and encoding.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::AtomicBool;

use ndarray::Array2;

use super::Model;
use super::mapping::Mapping;
use super::run::{Loaded, Tally};
use crate::backend::{ProgramId, Values, wait};
use crate::error::{Error, Result, misshaped};
use crate::nn::layers::Mode;
use crate::train::dataset::Samples;
use crate::train::source::Feed;

/// Samples that are evaluated together.
pub(super) const BATCH: usize = 256;

/// How good a model is on a dataset.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// let metrics = model.evaluate(&data)?;
/// assert!(metrics.loss > 0.0);
/// assert_eq!(metrics.accuracy, None); // numbers, and no labels
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Metrics {
    /// The mean loss of a sample.
    pub loss: f64,
    /// The share of samples whose largest output is that of their label, where targets are labels.
    pub accuracy: Option<f64>,
}

/// A model with a program that is released behind it, also where a future is dropped.
pub(super) struct Held<'m> {
    pub(super) program: ProgramId,
    pub(super) model: &'m mut Model,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.model.backend.release(self.program);
    }
}

impl Model {
    /// The mean loss and, for labels, the accuracy on a dataset.
    ///
    /// # Errors
    /// A dataset that does not fit the model; a loss that is not finite; a lost device.
    pub fn evaluate<'d>(&mut self, data: impl Into<Feed<'d>>) -> Result<Metrics> {
        wait("evaluate_async", self.evaluate_async(data))
    }

    /// [`evaluate`](Model::evaluate) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn evaluate_async<'d>(&mut self, data: impl Into<Feed<'d>>) -> Result<Metrics> {
        let mut loaded = self.load_evaluation(data.into())?;
        let held = Held { program: loaded.program, model: self };
        held.model.run_evaluation(&mut loaded, None).await
    }

    /// The model's outputs, samples × outputs.
    ///
    /// # Errors
    /// A model of several inputs or outputs, which [`predict_named`](Model::predict_named) is for; samples that do not fit the
    /// model; a lost device.
    pub fn predict(&mut self, samples: &Samples) -> Result<Array2<f32>> {
        wait("predict_async", self.predict_async(samples))
    }

    /// [`predict`](Model::predict) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn predict_async(&mut self, samples: &Samples) -> Result<Array2<f32>> {
        self.net.only_input("predict_named takes them by name")?;
        let at = self.net.only_output()?;
        self.only(&[("", samples)], at).await
    }

    /// All outputs of a model of several inputs or outputs, each with its name, samples × its numbers.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::{Concat, Dense};
    /// use wgrad::{Graph, Losses, Optimizer, Samples, losses};
    ///
    /// let mut net = Graph::new();
    /// let (image, size) = (net.input("image", [4]), net.input("size", [1]));
    /// let both = net.add(Concat, [image, size]);
    /// let (class, age) = (net.add_named("class", Dense::new(3), [both]), net.add_named("age", Dense::new(1), [both]));
    /// net.output(class);
    /// net.output(age);
    /// let losses = Losses::new().add("class", losses::SoftmaxCrossEntropy::new(), 1.0).add("age", losses::MeanSquaredError, 1.0);
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses, Optimizer::adam(0.01), 0)?;
    /// let (images, sizes) = (Samples::rows([0.5; 8], 4)?, Samples::rows([1.0, 2.0], 1)?);
    /// let outputs = model.predict_named(&[("image", &images), ("size", &sizes)])?;
    /// assert_eq!((outputs["class"].dim(), outputs["age"].dim()), ((2, 3), (2, 1)));
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// Samples that are missing, are for no input, or do not fit it; a lost device.
    pub fn predict_named(&mut self, samples: &[(&str, &Samples)]) -> Result<BTreeMap<String, Array2<f32>>> {
        wait("predict_named_async", self.predict_named_async(samples))
    }

    /// [`predict_named`](Model::predict_named) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn predict_named_async(
        &mut self,
        samples: &[(&str, &Samples)],
    ) -> Result<BTreeMap<String, Array2<f32>>> {
        let places = self.net.output_places();
        let names: Vec<_> = places.iter().map(|at| self.net.vertices[*at].name.clone()).collect();
        Ok(names.into_iter().zip(self.outputs(samples, &places).await?).collect())
    }

    /// The outputs of the layer with this name, samples × its outputs: latents.
    ///
    /// # Errors
    /// A name that no layer has; samples that do not fit the model; a lost device.
    pub fn encode(&mut self, layer: &str, samples: &Samples) -> Result<Array2<f32>> {
        wait("encode_async", self.encode_async(layer, samples))
    }

    /// [`encode`](Model::encode) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn encode_async(&mut self, layer: &str, samples: &Samples) -> Result<Array2<f32>> {
        self.net.only_input("encode_named takes them by name")?;
        let at = self.net.position(layer)?;
        self.only(&[("", samples)], at).await
    }

    /// The same of a model of several inputs; those that the layer does not depend on may be left out.
    ///
    /// # Errors
    /// As [`encode`](Model::encode), and samples that are missing or are for no input.
    pub fn encode_named(&mut self, layer: &str, samples: &[(&str, &Samples)]) -> Result<Array2<f32>> {
        wait("encode_named_async", self.encode_named_async(layer, samples))
    }

    /// [`encode_named`](Model::encode_named) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn encode_named_async(
        &mut self,
        layer: &str,
        samples: &[(&str, &Samples)],
    ) -> Result<Array2<f32>> {
        let at = self.net.position(layer)?;
        self.only(samples, at).await
    }

    pub(super) async fn only(&mut self, samples: &[(&str, &Samples)], at: usize) -> Result<Array2<f32>> {
        let outputs = self.outputs(samples, &[at]).await?.pop();
        outputs.ok_or_else(|| Error::Bug { what: "a prediction without an output".into() })
    }

    pub(super) async fn outputs(
        &mut self,
        samples: &[(&str, &Samples)],
        places: &[usize],
    ) -> Result<Vec<Array2<f32>>> {
        let mapping = self.record_prediction(samples, BATCH, places)?;
        let samples = self.net.check_inputs(samples, &self.net.needed(places))?;
        let rows = self.mapped(&mapping, |input, some| samples[input].values(some)).await?;
        let mut outputs = Vec::new();
        for (rows, at) in rows.into_iter().zip(places) {
            let width = self.net.width(*at)?;
            let output = Array2::from_shape_vec((rows.len() / width, width), rows);
            outputs.push(output.map_err(misshaped)?);
        }
        Ok(outputs)
    }

    /// What a mapping makes of all samples, of which `values` gives those of an input in a range.
    pub(super) async fn mapped<'v>(
        &mut self,
        mapping: &Mapping,
        values: impl Fn(usize, Range<usize>) -> Values<'v>,
    ) -> Result<Vec<Vec<f32>>> {
        let program = self.backend.compile(&mapping.program)?;
        let held = Held { program, model: self };
        mapping.run(&mut *held.model.backend, program, values).await
    }

    pub(super) fn load_evaluation<'d>(&mut self, feed: Feed<'d>) -> Result<Loaded<'d>> {
        self.load_epoch("evaluate", feed, BATCH, Mode::Infer)
    }

    pub(super) async fn run_evaluation(
        &mut self,
        loaded: &mut Loaded<'_>,
        interrupt: Option<&AtomicBool>,
    ) -> Result<Metrics> {
        let mut tally = Tally::default();
        for window in 0..loaded.course.windows.count() {
            self.bring(loaded, window, interrupt)?;
            self.backend.run(loaded.program, &loaded.batches.some(loaded.batches.of(window)))?;
            // The next samples go to the device while it computes.
            let is_last = window + 1 == loaded.course.windows.count();
            let brought = if is_last { Ok(()) } else { self.bring(loaded, window + 1, interrupt) };
            tally.add(self.read_window(loaded, window).await?);
            brought?;
        }
        Ok(tally.metrics())
    }
}
