//! Early stopping by a metric.

use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::tempdir;
use wgrad::callback::EarlyStopping;
use wgrad::metrics::{Accuracy, Metric, MetricsError, Predictions, RocAuc};
use wgrad::{Fit, History, Result};

use super::training::{binary, cpu, model_on};

/// A metric with the values of a list: the first is that of the trial before the first epoch.
#[derive(Debug)]
struct Scripted {
    values: Vec<f64>,
    higher: bool,
    asked: AtomicUsize,
}

impl Scripted {
    fn new(values: &[f64], higher: bool) -> Self {
        Self { values: [&[0.0], values].concat(), higher, asked: AtomicUsize::new(0) }
    }
}

impl Metric for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn higher_is_better(&self) -> bool {
        self.higher
    }

    fn compute(&self, _: &Predictions<'_>) -> Result<f64, MetricsError> {
        Ok(self.values[self.asked.fetch_add(1, Ordering::Relaxed)])
    }
}

fn fit<'a>(epochs: usize) -> Fit<'a> {
    Fit::new().epochs(epochs).batch(8)
}

#[test]
fn the_best_epoch_is_that_of_the_metric() -> Result<()> {
    let data = binary(40);
    for (values, higher, gain, stopped, best) in [
        (&[0.5, 0.7, 0.6, 0.7, 0.7, 0.9][..], true, 0.0, 5, 2),
        (&[0.5, 0.3, 0.4, 0.3, 0.4, 0.1], false, 0.0, 5, 2),
        (&[0.5, 0.59, 0.61, 0.7, 0.69, 0.68], true, 0.1, 6, 3),
        (&[0.5, 0.41, 0.39, 0.3, 0.31, 0.32], false, 0.1, 6, 3),
    ] {
        let mut model = model_on(cpu(), 0.5);
        let mut stopping = EarlyStopping::new(3).least_gain(gain).on(Scripted::new(values, higher));
        let history = model.fit(&data, fit(9).callback(&mut stopping))?;
        assert_eq!(history.epochs.len(), stopped, "{values:?}");
        assert_eq!(history.judged_by.as_deref(), Some("scripted"));
        let mut shorter = model_on(cpu(), 0.5);
        shorter.fit(&data, fit(best))?;
        assert_eq!(model.state()?, shorter.state()?, "{values:?}");
        if gain == 0.0 {
            assert_eq!(history.best().unwrap().epoch, best);
            let line = history.to_string();
            assert!(line.contains(&format!("the best by scripted is epoch {best} with loss ")), "{line}");
        }
    }
    Ok(())
}

#[test]
fn a_metric_of_the_fit_and_of_early_stopping_is_one() -> Result<()> {
    let data = binary(40);
    let mut stopping = EarlyStopping::new(3).on(Accuracy::new());
    let fit = Fit::new().epochs(2).batch(8).metric(RocAuc).metric(Accuracy::new());
    let history = model_on(cpu(), 0.5).fit(&data, fit.callback(&mut stopping))?;
    let names: Vec<_> = history.epochs[0].scores.iter().map(|score| score.name.as_str()).collect();
    assert_eq!(names, ["roc_auc", "accuracy"]);
    let mut other = EarlyStopping::new(3).on(Scripted::new(&[1.0; 4], true));
    let fit = Fit::new().metric(Scripted::new(&[0.5; 4], true)).callback(&mut other);
    let error = model_on(cpu(), 0.5).fit(&data, fit).unwrap_err().to_string();
    assert!(error.contains("two metrics are called scripted"), "{error}");
    Ok(())
}

#[test]
fn a_resumed_training_stops_as_one_without_a_break() -> Result<()> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let data = binary(40);
    let values = [0.5, 0.7, 0.6, 0.7, 0.7, 0.9];
    let stopping = |from: usize| EarlyStopping::new(3).on(Scripted::new(&values[from..], true));
    let mut whole = model_on(cpu(), 0.5);
    let history = whole.fit(&data, fit(9).callback(&mut stopping(0)))?;
    model_on(cpu(), 0.5).fit(&data, fit(3).callback(&mut stopping(0)).checkpoint(&path, 1))?;
    let mut resumed = model_on(cpu(), 0.5);
    let second = resumed.fit(&data, fit(9).callback(&mut stopping(3)).resume(&path))?;
    let scores = |history: &History| -> Vec<_> {
        history.epochs.iter().map(|epoch| epoch.score("scripted")).collect()
    };
    assert_eq!(scores(&second), scores(&history));
    assert_eq!(second.best().map(|epoch| epoch.epoch), Some(2));
    assert_eq!(resumed.state()?, whole.state()?);

    for (mut other, words) in [
        (EarlyStopping::new(3), "what early stopping goes by is scripted in the file, and loss here"),
        (
            EarlyStopping::new(3).on(RocAuc),
            "what early stopping goes by is scripted in the file, and roc_auc here",
        ),
    ] {
        let error = model_on(cpu(), 0.5).fit(&data, fit(9).callback(&mut other).resume(&path)).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    model_on(cpu(), 0.5).fit(&data, fit(3).callback(&mut EarlyStopping::new(3)).checkpoint(&path, 1))?;
    let error = model_on(cpu(), 0.5).fit(&data, fit(9).callback(&mut stopping(3)).resume(&path)).unwrap_err();
    assert!(error.to_string().contains("goes by is loss in the file, and scripted here"), "{error}");
    Ok(())
}
