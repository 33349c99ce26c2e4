//! Metrics: outputs over a whole dataset, and what they come to.

use std::sync::Arc;

use ndarray::Array2;

use super::Model;
use super::infer::BATCH;
use super::mapping::Mapping;
use super::on_device::OnDevice;
use super::run::Run;
use crate::backend::{ProgramId, Values, wait};
use crate::error::metrics::MetricsError;
use crate::error::{Error, Result, misshaped};
use crate::nn::layers::Mode;
use crate::nn::loss::Classes;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;
use crate::train::dataset::{Dataset, Targets};
use crate::train::history::Score;
use crate::train::metrics::{Metric, Predictions, Truth};
use crate::train::source::Feed;

/// What computes metrics over a dataset that is on the device.
#[derive(Debug)]
pub(super) struct Scoring {
    judges: Vec<Judge>,
    /// The terms whose outputs are judged.
    terms: Vec<usize>,
    pub(super) program: ProgramId,
    mapping: Mapping,
}

/// A metric, and what it judges.
#[derive(Debug)]
struct Judge {
    metric: Arc<dyn Metric>,
    of: Judged,
}

/// An output that is judged.
#[derive(Clone, Copy, Debug)]
struct Judged {
    /// Its term in the objective.
    term: usize,
    /// Above which it says class 1, of a single number.
    threshold: Option<f32>,
}

impl Model {
    /// What a metric comes to on a dataset, whose weights it uses. The host keeps the outputs for that time.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::Dense;
    /// use wgrad::metrics::{MeanAbsoluteError, R2};
    /// use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
    ///
    /// let data = Dataset::pairs(Samples::rows([0.0, 1.0, 2.0], 1)?, Samples::rows([1.0, 3.0, 5.0], 1)?)?;
    /// let net = Sequential::new([1]).add(Dense::new(1));
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
    /// model.fit(&data, Fit::new().epochs(300).batch(3))?;
    /// assert!(model.score(&data, &R2)? > 0.99 && model.score(&data, &MeanAbsoluteError)? < 0.1);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// A dataset that does not fit the model; outputs or targets that the metric cannot judge; a lost device.
    pub fn score(&mut self, data: &Dataset, metric: &dyn Metric) -> Result<f64> {
        wait("score_async", self.score_async(data, metric))
    }

    /// [`score`](Model::score) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn score_async(&mut self, data: &Dataset, metric: &dyn Metric) -> Result<f64> {
        let of = self.judged(metric)?;
        self.objective.check(&self.net, data, false, 0)?;
        let outputs = self.only(&data.named_inputs(), self.objective.terms[of.term].at).await?;
        self.value(metric, of, data, &outputs)
    }

    /// Records and compiles what computes metrics over a dataset on the device; nothing without metrics.
    pub(super) fn load_scoring(
        &mut self,
        feed: Feed<'_>,
        on: &OnDevice,
        metrics: Vec<Arc<dyn Metric>>,
    ) -> Result<Option<Scoring>> {
        if metrics.is_empty() {
            return Ok(None);
        }
        let Feed::Whole(data) = feed else {
            let why = "metrics are of outputs that the host keeps, and a source has more than that; give Fit::validation a Dataset";
            return Err(Error::Setting { why: why.into() });
        };
        let mut judges = Vec::new();
        for metric in metrics {
            let of = self.judged(&*metric)?;
            judges.push(Judge { metric, of });
        }
        let mut terms: Vec<usize> = judges.iter().map(|judge| judge.of.term).collect();
        terms.sort_unstable();
        terms.dedup();
        let mapping = self.record_scoring(data, on, &terms)?;
        let program = self.backend.compile(&mapping.program)?;
        Ok(Some(Scoring { judges, terms, program, mapping }))
    }

    /// Records the outputs of these terms over a dataset on the device.
    fn record_scoring(&self, data: &Dataset, on: &OnDevice, terms: &[usize]) -> Result<Mapping> {
        let data = self.check_data(data.into(), Mode::Infer, BATCH)?;
        let places: Vec<usize> = terms.iter().map(|term| self.objective.terms[*term].at).collect();
        let widths = places.iter().map(|at| self.net.width(*at)).collect::<Result<Vec<_>>>()?;
        let tape = self.tape("score", BATCH.min(data.room())).share(&on.buffers);
        let forward = |tape: &mut Recorder, _: &[Tensor], indices| {
            let mut inputs = Vec::new();
            for ((input, samples), source) in self.net.inputs().zip(&data.inputs).zip(&on.inputs) {
                inputs.push(self.gather_inputs(tape, input, *source, indices, samples.scale()));
            }
            let forward = self.net.forward(tape, &inputs, &self.layout.entries, Mode::Infer)?;
            Ok(forward.of(&places)?.into_iter().map(|rows| tape.reals(rows)).collect())
        };
        let mapping = Mapping::record(tape, &[], data.room(), &widths, forward)?;
        Ok(mapping.with_program(|program| self.lean(program)))
    }

    /// What the metrics of a training come to with the weights as they are.
    pub(super) async fn scores(&mut self, run: &Run<'_, '_>) -> Result<Vec<Score>> {
        let loaded = run.validation.as_ref().unwrap_or(&run.train);
        let (Some(scoring), Feed::Whole(data)) = (&loaded.scoring, loaded.course.feed) else {
            return Ok(Vec::new());
        };
        let rows = scoring.mapping.run(&mut *self.backend, scoring.program, |_, _| Values::Real(&[])).await?;
        let mut outputs = Vec::new();
        for (rows, term) in rows.into_iter().zip(&scoring.terms) {
            let width = self.net.width(self.objective.terms[*term].at)?;
            outputs.push(Array2::from_shape_vec((data.len(), width), rows).map_err(misshaped)?);
        }
        let mut scores = Vec::new();
        for Judge { metric, of } in &scoring.judges {
            let at = scoring.terms.iter().position(|term| *term == of.term).unwrap_or_default();
            let value = self.value(&**metric, *of, data, &outputs[at])?;
            let (name, higher_is_better) = (metric.name().to_string(), metric.higher_is_better());
            scores.push(Score { name, value, higher_is_better });
        }
        Ok(scores)
    }

    /// An error where a metric of a training cannot judge its targets.
    pub(super) async fn try_metrics(&mut self, run: &Run<'_, '_>) -> Result<()> {
        match self.scores(run).await {
            // The training finds out why the weights that it begins with give such numbers.
            Err(Error::Metric { fault: MetricsError::NotANumber { .. }, .. }) => Ok(()),
            tried => tried.map(|_| ()),
        }
    }

    /// What a metric judges.
    fn judged(&self, metric: &dyn Metric) -> Result<Judged> {
        let term = self.objective.term(metric.output());
        let term = term.map_err(|why| failed(metric, MetricsError::Other { why }))?;
        let threshold = match self.classes_of(self.objective.terms[term].at) {
            Ok(Classes::Above(threshold)) => Some(threshold),
            // Metrics of numbers ask for none.
            Ok(Classes::FirstLargest) | Err(Error::NoClasses { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Judged { term, threshold })
    }

    /// What a metric comes to by the outputs over a dataset.
    fn value(&self, metric: &dyn Metric, of: Judged, data: &Dataset, outputs: &Array2<f32>) -> Result<f64> {
        let target = self.objective.targets(data)?[of.term];
        let copied;
        let truth = match target.kind() {
            Targets::Labels(labels) => Truth::Labels(labels),
            Targets::Reals(numbers) => Truth::Numbers(numbers.view()),
            Targets::Inputs => {
                copied = data.inputs().to_array();
                Truth::Numbers(copied.view())
            }
        };
        let compute = || {
            let mut predictions = Predictions::new(outputs.view(), truth)?;
            if let Some(weights) = data.weights() {
                predictions = predictions.with_weights(weights)?;
            }
            if let Some(threshold) = of.threshold {
                predictions = predictions.with_threshold(threshold)?;
            }
            let value = metric.compute(&predictions)?;
            if value.is_nan() { Err(MetricsError::Undefined) } else { Ok(value) }
        };
        compute().map_err(|fault| failed(metric, fault))
    }
}

/// The error of a metric.
fn failed(metric: &dyn Metric, fault: MetricsError) -> Error {
    Error::Metric { metric: metric.name().to_string(), fault }
}
