//! An epoch whose validation fails was trained all the same: its checkpoint goes on with the validation.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::tempdir;
use wgrad::backend::Cpu;
use wgrad::metrics::{Metric, MetricsError, Predictions};
use wgrad::model::ModelState;
use wgrad::source::{Reading, Streamed};
use wgrad::{Error, Fit, History, Model, Optimizer};

use crate::source::{Clouds, Fault, dataset, model_on, streamed};

fn model() -> Model {
    model_on(Cpu::<f32>::with_threads(2).unwrap(), Optimizer::momentum(0.05, 0.9).average(0.9))
}

fn fit(validation: &Streamed) -> Fit<'_> {
    Fit::new().epochs(3).batch(10).validation(validation)
}

fn faulty(before: usize) -> Streamed {
    let clouds = Clouds { samples: 600, fault: Some((400, Fault::Error, before)), ..Clouds::default() };
    Streamed::new(clouds).unwrap().window(300).block(50)
}

fn assert_same(after: &str, (model, history): (&mut Model, &History), expected: &(ModelState, History)) {
    assert!(model.state().unwrap() == expected.0, "{after}");
    assert_eq!(history.epochs.len(), expected.1.epochs.len(), "{after}");
    for (epoch, there) in history.epochs.iter().zip(&expected.1.epochs) {
        assert_eq!((epoch.metrics, epoch.validation), (there.metrics, there.validation), "{after}");
        assert_eq!(epoch.scores, there.scores, "{after}");
    }
}

/// A training whose validation fails in this epoch, which leaves a checkpoint.
fn break_off(data: &Streamed, path: &Path, epoch: usize) {
    let validation = faulty(epoch - 1);
    let error = model().fit(data, fit(&validation).checkpoint(path, None)).unwrap_err();
    let Error::Source { samples, during: Reading::Validation, checkpoint, .. } = &error else {
        panic!("{error}")
    };
    assert!(samples.contains(&400) && checkpoint.as_deref() == Some(path), "{error}");
    let said = format!(
        "samples {}..{} of the validation source: the cable is out; resume from {}",
        samples.start,
        samples.end,
        path.display()
    );
    assert_eq!(error.to_string(), said);
}

#[test]
fn a_failing_validation_leaves_a_checkpoint() {
    let (data, validation) = (streamed(103, 40, 4), streamed(600, 300, 50));
    let mut whole = model();
    let history = whole.fit(&data, fit(&validation)).unwrap();
    let expected = (whole.state().unwrap(), history);
    for epoch in 1..=3 {
        let folder = tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        break_off(&data, &path, epoch);
        let mut second = model();
        let history = second.fit(&data, fit(&validation).resume(&path)).unwrap();
        assert_same(&format!("fit, epoch {epoch}"), (&mut second, &history), &expected);

        let mut third = model();
        let mut training = third.training(&data, fit(&validation).resume(&path)).unwrap();
        assert_eq!(training.history().epochs.len(), epoch - 1);
        let next = training.step().unwrap();
        assert_eq!(next.map(|step| (step.epoch, step.batch)), (epoch < 3).then_some((epoch + 1, 1)));
        assert_eq!(training.history().epochs.len(), epoch);
        while training.step().unwrap().is_some() {}
        let history = training.finish().unwrap();
        assert_same(&format!("steps, epoch {epoch}"), (&mut third, &history), &expected);
    }
}

/// The next step is one of the next epoch, and what diverges later is found from the checkpoint on.
#[test]
fn gradients_and_divergence_after_it() {
    let (data, validation) = (streamed(103, 40, 4), streamed(600, 300, 50));
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    break_off(&data, &path, 1);
    let mut expected = model();
    let mut training = expected.training(&data, fit(&validation)).unwrap();
    training.epoch().unwrap();
    let gradient = training.gradient("decoder.weight").unwrap();
    drop(training);
    let mut model = model();
    let mut training = model.training(&data, fit(&validation).resume(&path)).unwrap();
    assert_eq!(training.gradient("decoder.weight").unwrap(), gradient);
    training.set_rate(1e38).unwrap();
    let error = training.epoch().unwrap_err();
    drop(training);
    assert!(matches!(error, Error::NotFinite { epoch: 2, .. }), "{error}");
    assert!(model.state().unwrap() == expected.state().unwrap());
}

/// A metric that fails once it was computed so often.
#[derive(Debug)]
struct Fails(Arc<AtomicUsize>);

impl Metric for Fails {
    fn name(&self) -> &str {
        "fails"
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        match self.0.fetch_sub(1, Ordering::Relaxed) {
            0 => Err(MetricsError::Other { why: "no more".into() }),
            _ => Ok(predictions.outputs().sum().into()),
        }
    }
}

#[test]
fn a_failing_metric_leaves_a_checkpoint() {
    let (data, validation) = (streamed(103, 40, 4), dataset(200..230));
    let fit = |times| {
        let metric = Fails(Arc::new(AtomicUsize::new(times)));
        Fit::new().epochs(3).batch(10).validation(&validation).metric(metric)
    };
    let mut whole = model();
    let history = whole.fit(&data, fit(99)).unwrap();
    let expected = (whole.state().unwrap(), history);
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    // It is computed once before the first epoch.
    let error = model().fit(&data, fit(2).checkpoint(&path, None)).unwrap_err();
    assert!(matches!(&error, Error::Metric { metric, .. } if metric == "fails"), "{error}");
    let mut second = model();
    let history = second.fit(&data, fit(99).resume(&path)).unwrap();
    assert_same("metric", (&mut second, &history), &expected);
}
