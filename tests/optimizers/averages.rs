//! Averages of weights: what is judged by them, and how long they last.

use ndarray::Array2;
use wgrad::backend::{Backend, Cpu};
use wgrad::callback::EarlyStopping;
use wgrad::layers::{BatchNorm, Dense, Tanh};
use wgrad::{Dataset, Fit, Model, Optimizer, Precision, Sequential, losses};

use crate::support::gpu;

fn data(seed: usize) -> Dataset {
    let x = Array2::from_shape_fn((40, 2), |(i, j)| ((i * 7 + j * 5 + seed) % 13) as f32 / 13.0 - 0.5);
    let t = Array2::from_shape_fn((40, 1), |(i, _)| x[[i, 0]] * x[[i, 1]] + 0.3 * x[[i, 0]]);
    Dataset::regression(x.view(), t.view()).unwrap()
}

fn compile(backend: impl Backend + 'static, optimizer: Optimizer, precision: Precision) -> Model {
    let net = Sequential::new([2]).add(Dense::new(8)).add(Tanh).add(Dense::new(1)).precision(precision);
    net.compile(backend, losses::MeanSquaredError, optimizer, 3).unwrap()
}

fn on_cpu(optimizer: Optimizer) -> Model {
    compile(Cpu::<f32>::with_threads(2).unwrap(), optimizer, Precision::F32)
}

fn fit<'f>(epochs: usize) -> Fit<'f> {
    Fit::new().epochs(epochs).batch(4)
}

#[test]
fn the_steps_are_those_without_averages() {
    let losses = |optimizer| -> Vec<f64> {
        let history = on_cpu(optimizer).fit(&data(0), fit(5)).unwrap();
        history.epochs.iter().map(|epoch| epoch.metrics.loss).collect()
    };
    assert_eq!(losses(Optimizer::adam(0.01)), losses(Optimizer::adam(0.01).average(0.99)));
}

#[test]
fn validation_is_of_the_averages_that_the_model_ends_with() {
    let mut devices: Vec<(Box<dyn Backend>, Precision)> = Vec::new();
    for precision in [Precision::F32, Precision::F16] {
        devices.push((Box::new(Cpu::<f32>::new().unwrap()), precision));
        devices.extend(gpu().map(|gpu| (Box::new(gpu) as Box<dyn Backend>, precision)));
    }
    for (device, precision) in devices {
        let mut model = compile(device, Optimizer::nesterov(0.2, 0.9).average(0.95), precision);
        let (train, test) = (data(0), data(6));
        let history = model.fit(&train, fit(3).validation(&test)).unwrap();
        let judged = history.last().unwrap().validation.unwrap();
        assert_eq!(model.evaluate(&test).unwrap(), judged, "{}, {precision:?}", model.backend_info());
    }
}

#[test]
fn early_stopping_ends_with_the_averages_of_its_best_epoch() {
    let (train, test) = (data(0), data(6));
    let mut model = on_cpu(Optimizer::nesterov(0.3, 0.9).average(0.9));
    let mut stopping = EarlyStopping::new(2);
    let history = model.fit(&train, fit(60).validation(&test).callback(&mut stopping)).unwrap();
    let best = history.best().unwrap();
    assert!(best.epoch < history.epochs.len(), "it never became worse: {history}");
    assert_eq!(model.evaluate(&test).unwrap().loss, best.judged_loss());
}

#[test]
fn a_resumed_training_ends_with_the_same_averages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let optimizer = || Optimizer::adam_w(0.02, 0.1).average(0.9);
    let [mut whole, mut first, mut second] = [(); 3].map(|()| on_cpu(optimizer()));
    whole.fit(&data(0), fit(6)).unwrap();
    first.fit(&data(0), fit(3).checkpoint(&path, 3)).unwrap();
    second.fit(&data(0), fit(6).resume(&path)).unwrap();
    assert_eq!(second.snapshot().unwrap(), whole.snapshot().unwrap());
    assert!(first.snapshot().unwrap() != whole.snapshot().unwrap());
}

#[test]
fn frozen_parameters_stay_and_thawed_ones_are_averaged_from_where_they_were() {
    let mut model = on_cpu(Optimizer::sgd(0.1).average(0.9));
    model.freeze("dense_1").unwrap();
    let before = model.parameter("dense_1.weight").unwrap();
    model.fit(&data(0), fit(3)).unwrap();
    assert_eq!(model.parameter("dense_1.weight").unwrap(), before);
    model.thaw("dense_1").unwrap();
    model.fit(&data(0), fit(1)).unwrap();
    let apart = (model.parameter("dense_1.weight").unwrap() - &before).fold(0.0_f32, |a, b| a.max(b.abs()));
    assert!(apart > 0.0 && apart < 0.05, "{apart}");
}

/// The running statistics are those of other weights than the averages, and change faster.
#[test]
fn state_is_averaged_as_the_weights_are() {
    let running = |optimizer: Optimizer, epochs: usize, accumulated: usize| {
        let net = Sequential::new([2]).add(BatchNorm::new().momentum(0.9)).add(Dense::new(1));
        let backend = Cpu::<f32>::with_threads(2).unwrap();
        let mut model = net.compile(backend, losses::MeanSquaredError, optimizer, 3).unwrap();
        model
            .fit(&data(0), Fit::new().epochs(epochs).batch(40 / accumulated).accumulate(accumulated))
            .unwrap();
        model.parameter("batch_norm_1.running_mean").unwrap().row(0).to_vec()
    };
    for accumulated in [1, 2] {
        let of = |epochs| running(Optimizer::sgd(0.1), epochs, accumulated);
        let averaged = running(Optimizer::sgd(0.1).average(0.5), 3, accumulated);
        let each = [of(1), of(2), of(3)];
        for (channel, average) in averaged.iter().enumerate() {
            let expected = (each[0][channel] + 2.0 * each[1][channel] + 4.0 * each[2][channel]) / 7.0;
            assert!((average - expected).abs() < 1e-6, "{average} is not {expected}");
            assert!((expected - each[2][channel]).abs() > 1e-4, "the statistics hardly change");
        }
    }
}

#[test]
fn an_own_loop_asks_for_averages() {
    let mut model = on_cpu(Optimizer::sgd(0.1).average(0.5));
    let error = model.use_averages().unwrap_err().to_string();
    assert!(error.contains("0 steps"), "{error}");
    let data = data(0);
    let mut training = model.training(&data, fit(4)).unwrap();
    training.step().unwrap();
    training.step().unwrap();
    let judged = training.evaluate(&data).unwrap();
    drop(training);
    assert!(model.evaluate(&data).unwrap() != judged);
    model.use_averages().unwrap();
    assert_eq!(model.evaluate(&data).unwrap(), judged);

    let error = on_cpu(Optimizer::sgd(0.1)).use_averages().unwrap_err().to_string();
    assert!(error.contains("Optimizer::average"), "{error}");
    let error = Sequential::new([1])
        .add(Dense::new(1))
        .compile(Cpu::<f32>::new().unwrap(), losses::MeanSquaredError, Optimizer::sgd(0.1).average(1.0), 0)
        .unwrap_err()
        .to_string();
    assert!(error.contains("the averages' decay is 1"), "{error}");
}
