//! Rates on a plateau against PyTorch's (`record.py`), and in resumed trainings.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::array;
use serde_json::Value;
use wgrad::backend::Cpu;
use wgrad::callback::ReduceOnPlateau;
use wgrad::layers::Dense;
use wgrad::metrics::{Metric, MetricsError, Predictions};
use wgrad::{Dataset, Fit, Model, Optimizer, Sequential, losses};

use crate::recorded::recorded;

/// A metric of given values, one for each epoch.
#[derive(Debug)]
struct Given {
    values: Vec<f64>,
    higher: bool,
    /// A training tries its metrics before the first epoch.
    calls: AtomicUsize,
}

impl Metric for Given {
    fn name(&self) -> &str {
        "given"
    }

    fn higher_is_better(&self) -> bool {
        self.higher
    }

    fn compute(&self, _: &Predictions<'_>) -> Result<f64, MetricsError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(self.values[call.saturating_sub(1)])
    }
}

fn model() -> Model {
    let net = Sequential::new([1]).add(Dense::new(1));
    net.compile(Cpu::<f32>::new().unwrap(), losses::MeanSquaredError, Optimizer::sgd(1.0), 0).unwrap()
}

fn data() -> Dataset {
    Dataset::regression(array![[0.0], [0.1]].view(), array![[1.0], [1.0]].view()).unwrap()
}

fn reduce(case: &Value, done: usize) -> ReduceOnPlateau {
    let number = |name: &str| case[name].as_f64().unwrap();
    let values: Vec<f64> =
        case["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    let metric = Given {
        values: values[done..].to_vec(),
        higher: case["higher"].as_bool().unwrap(),
        calls: AtomicUsize::new(0),
    };
    ReduceOnPlateau::new(case["patience"].as_u64().unwrap() as usize)
        .factor(number("factor") as f32)
        .floor(number("floor") as f32)
        .least_gain(number("least_gain"))
        .on(metric)
}

#[test]
fn rates_are_those_of_pytorch_also_after_a_break() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    for case in recorded("plateaus") {
        let wanted: Vec<f64> =
            case["rates"].as_array().unwrap().iter().map(|rate| rate.as_f64().unwrap()).collect();
        for done in [0, 3, wanted.len() - 1] {
            let mut fit = Fit::new().epochs(wanted.len());
            if done > 0 {
                let mut before = reduce(&case["plateau"], 0);
                let begun = Fit::new().epochs(done).checkpoint(&path, done).callback(&mut before);
                model().fit(&data(), begun).unwrap();
                fit = fit.resume(&path);
            }
            let mut reduce = reduce(&case["plateau"], done);
            let history = model().fit(&data(), fit.callback(&mut reduce)).unwrap();
            let found: Vec<f32> = history.epochs.iter().map(|epoch| epoch.rate).collect();
            let near = |(found, wanted): (&f32, &f64)| (f64::from(*found) - wanted).abs() <= 1e-6 * wanted;
            assert!(
                found.iter().zip(&wanted).all(near),
                "{found:?} instead of {wanted:?} after {done} epochs"
            );
        }
    }
}

#[test]
fn settings_that_reduce_nothing_are_refused() {
    let refused = |mut reduce: ReduceOnPlateau| {
        model().fit(&data(), Fit::new().callback(&mut reduce)).unwrap_err().to_string()
    };
    assert!(refused(ReduceOnPlateau::new(1).factor(1.0)).contains("factor on a plateau is 1"));
    assert!(refused(ReduceOnPlateau::new(1).floor(-1.0)).contains("least rate on a plateau is -1"));
    assert!(refused(ReduceOnPlateau::new(1).least_gain(f64::NAN)).contains("a plateau's least gain is NaN"));
}
