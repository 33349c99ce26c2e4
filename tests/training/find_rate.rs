//! A search for a learning rate.

use ndarray::Array2;
use wgrad::backend::{Backend, Cpu};
use wgrad::layers::{Dense, Tanh};
use wgrad::{Dataset, Fit, Model, Optimizer, Sequential, losses};

use crate::support::gpu;

fn data() -> Dataset {
    let inputs = Array2::from_shape_fn((64, 2), |(i, j)| ((i * (7 + 4 * j)) % 64) as f32 / 32.0 - 1.0);
    let targets = Array2::from_shape_fn((64, 1), |(i, _)| inputs[[i, 0]] * inputs[[i, 1]]);
    Dataset::regression(inputs.view(), targets.view()).unwrap()
}

fn model(backend: impl Backend + 'static, rate: f32) -> Model {
    let net = Sequential::new([2]).add(Dense::new(24)).add(Tanh).add(Dense::new(1));
    net.compile(backend, losses::MeanSquaredError, Optimizer::momentum(rate, 0.9), 3).unwrap()
}

#[test]
fn the_suggested_rate_trains_and_the_model_is_as_before() {
    let cpu = || Cpu::<f32>::with_threads(2).unwrap();
    let mut searched = model(cpu(), 0.001);
    searched.fit(&data(), Fit::new().epochs(1).batch(16)).unwrap();
    let before = searched.state().unwrap();
    let search = searched.find_rate(&data(), 16, [1e-6, 100.0], 120).unwrap();
    assert_eq!(searched.state().unwrap(), before);
    assert!(search.rates.len() == search.losses.len() && search.rates.len() < 120, "{search:?}");
    let rate = search.suggestion().unwrap();
    let trained = |rate| {
        let history = model(cpu(), rate).fit(&data(), Fit::new().epochs(30).batch(16)).unwrap();
        history.last().unwrap().metrics.loss
    };
    let [slow, found] = [rate / 100.0, rate].map(trained);
    assert!(found < 0.7 * slow, "{rate}: {found}, and {slow} with a hundredth of it");
    // A search leaves the order of samples alone as well.
    let mut other = model(cpu(), 0.001);
    other.fit(&data(), Fit::new().epochs(1).batch(16)).unwrap();
    for model in [&mut searched, &mut other] {
        model.fit(&data(), Fit::new().epochs(1).batch(16)).unwrap();
    }
    assert_eq!(searched.state().unwrap(), other.state().unwrap());
    let Some(device) = gpu() else { return };
    let there = model(device, 0.001).find_rate(&data(), 16, [1e-6, 100.0], 120).unwrap();
    assert!(there.suggestion().is_some(), "{there:?}");
}

#[test]
fn what_is_no_range_is_refused_and_what_learns_nothing_has_no_rate() {
    let mut model = model(Cpu::<f32>::new().unwrap(), 0.1);
    for (range, steps) in [([0.0, 1.0], 50), ([1.0, 0.1], 50), ([1e-3, f32::INFINITY], 50), ([1e-3, 1.0], 9)]
    {
        let error = model.find_rate(&data(), 16, range, steps).unwrap_err().to_string();
        assert!(error.contains(&format!("from {} to {} in {steps} steps", range[0], range[1])), "{error}");
    }
    let still = model.find_rate(&data(), 16, [1e-20, 1e-19], 20).unwrap();
    assert_eq!(still.losses.len(), 20);
    // The ratio of its ends is beyond the numbers of f32.
    let wide = model.find_rate(&data(), 16, [1e-30, 1e30], 61).unwrap();
    assert!(wide.rates[0] == 1e-30 && (wide.rates[10] / 1e-20 - 1.0).abs() < 1e-5, "{:?}", wide.rates);
}
