//! The scores of epochs in checkpoints: a row for each epoch, a column for each metric.

use ndarray::Array2;
use serde_json::{Value, json};

use crate::file::json::{flag, list, text};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::train::history::{Epoch, Score};

const SCORES: &str = "wgrad/scores";

/// Each metric that an epoch has: its name, and whether higher is better.
fn metrics(epochs: &[Epoch]) -> Vec<(&str, bool)> {
    let mut metrics: Vec<(&str, bool)> = Vec::new();
    for score in epochs.iter().flat_map(|epoch| &epoch.scores) {
        if metrics.iter().all(|(name, _)| *name != score.name) {
            metrics.push((&score.name, score.higher_is_better));
        }
    }
    metrics
}

/// Adds the scores, if there are any; what an epoch does not have is not a number.
pub(super) fn put(file: TensorFile, epochs: &[Epoch]) -> TensorFile {
    let metrics = metrics(epochs);
    if metrics.is_empty() {
        return file;
    }
    let score = |(epoch, column): (usize, usize)| epochs[epoch].score(metrics[column].0).unwrap_or(f64::NAN);
    let table = Array2::from_shape_fn((epochs.len(), metrics.len()), score);
    file.with_doubles(SCORES, table.view())
}

/// What the columns are.
pub(super) fn described(epochs: &[Epoch]) -> Option<Value> {
    let metrics = metrics(epochs);
    let metric = |(name, higher): &(&str, bool)| json!({ "name": name, "higher_is_better": higher });
    (!metrics.is_empty()).then(|| metrics.iter().map(metric).collect())
}

/// Gives epochs the scores that a file has of them.
pub(super) fn take(file: &TensorFile, training: &Value, epochs: &mut [Epoch]) -> Result<(), FileFault> {
    if training["metrics"].is_null() {
        return Ok(());
    }
    let wrong = |why: String| FileFault::Description { why };
    let metrics = list(training, "metrics").map_err(wrong)?;
    file.check_shape(SCORES, &[epochs.len(), metrics.len()])?;
    let table = file.doubles(SCORES)?;
    for (column, metric) in metrics.iter().enumerate() {
        let name = text(metric, "name").map_err(wrong)?;
        let higher_is_better = flag(metric, "higher_is_better").map_err(wrong)?;
        for (row, epoch) in epochs.iter_mut().enumerate() {
            let value = table[[row, column]];
            if !value.is_nan() {
                epoch.scores.push(Score { name: name.to_string(), value, higher_is_better });
            }
        }
    }
    Ok(())
}
