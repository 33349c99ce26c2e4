//! Training on a source is training on a dataset of its samples.

use std::thread::ThreadId;

use wgrad::backend::{Backend, Cpu};
use wgrad::callback::{BatchProgress, Callback};
use wgrad::history::Epoch;
use wgrad::metrics::Accuracy;
use wgrad::source::{ReadError, Source, Streamed};
use wgrad::{Dataset, Error, Fit, History, Model, Optimizer};

use crate::source::{Clouds, Reads, dataset, model, model_on, streamed};
use crate::support::{adam, gpu};

const SAMPLES: usize = 103;

fn backends() -> Vec<Box<dyn Backend>> {
    let cpu: Box<dyn Backend> = Box::new(Cpu::<f32>::with_threads(2).unwrap());
    std::iter::once(cpu).chain(gpu().map(|gpu| Box::new(gpu) as Box<dyn Backend>)).collect()
}

/// Losses and accuracies, rounded where they were added up in another order.
fn figures(history: &History) -> Vec<String> {
    let row =
        |epoch: &Epoch| format!("{:.9} {:?} {}", epoch.metrics.loss, epoch.metrics.accuracy, epoch.samples);
    history.epochs.iter().map(row).collect()
}

/// On each backend, the same bits from a dataset and from a source.
fn assert_same<'a>(data: &Streamed, fit: impl Fn() -> Fit<'a>) {
    let whole = dataset(0..SAMPLES);
    for backend in backends() {
        let further = backend.another().unwrap();
        let (mut one, mut other) = (model_on(backend, adam(0.01)), model_on(further, adam(0.01)));
        let first = one.fit(&whole, fit()).unwrap();
        let second = other.fit(data, fit()).unwrap();
        assert_eq!(one.state().unwrap(), other.state().unwrap());
        assert_eq!(figures(&first), figures(&second));
    }
}

#[test]
fn one_window_is_the_whole_dataset_to_the_bit() {
    // As many as there are, which are no whole number of steps, are one window as well.
    for window in [SAMPLES, 1000] {
        assert_same(&streamed(SAMPLES, window, 7), || Fit::new().epochs(3).batch(10));
    }
}

#[test]
fn windows_in_order_are_the_whole_dataset_to_the_bit() {
    // A window is cut to whole steps: 20 and 15 samples of 23.
    for (batch, accumulate) in [(10, 1), (5, 3)] {
        let data = streamed(SAMPLES, 23, 4);
        assert_same(&data, || Fit::new().epochs(3).batch(batch).accumulate(accumulate).unshuffled());
    }
}

#[test]
fn epochs_steps_and_fit_are_one_training() {
    let data = streamed(SAMPLES, 23, 4);
    let fit = || Fit::new().epochs(3).batch(10);
    let mut models: [Model; 3] = [model(), model(), model()];
    let first = models[0].fit(&data, fit()).unwrap();
    let mut training = models[1].training(&data, fit()).unwrap();
    while training.epoch().unwrap().is_some() {}
    let second = training.finish().unwrap();
    let mut training = models[2].training(&data, fit()).unwrap();
    let mut losses = Vec::new();
    while let Some(step) = training.step().unwrap() {
        assert_eq!(step.of, 11);
        let rows = if step.batch == 11 { 3.0 } else { 10.0 };
        losses.push(training.loss().unwrap().unwrap() * rows);
    }
    let third = training.finish().unwrap();
    let of_steps: f64 = losses[..11].iter().sum::<f64>() / SAMPLES as f64;
    assert!((of_steps - third.epochs[0].metrics.loss).abs() < 1e-6, "{of_steps}");
    let [a, b, c] = models.map(|mut model| model.state().unwrap());
    assert!(a == b && b == c);
    assert_eq!(figures(&first), figures(&second));
    assert_eq!(figures(&first), figures(&third));
}

#[test]
fn evaluation_and_validation_take_sources() {
    let (whole, some) = (dataset(0..600), streamed(600, 300, 50));
    for backend in backends() {
        let mut model = model_on(backend, Optimizer::sgd(0.1));
        let (one, other) = (model.evaluate(&whole).unwrap(), model.evaluate(&some).unwrap());
        assert!((one.loss - other.loss).abs() < 1e-9 && one.accuracy == other.accuracy, "{one:?} {other:?}");
        let history = model.fit(&some, Fit::new().epochs(2).batch(50).validation(&some)).unwrap();
        let last = history.epochs[1].validation.unwrap();
        let after = model.evaluate(&whole).unwrap();
        assert!((last.loss - after.loss).abs() < 1e-9 && last.accuracy == after.accuracy);
    }
}

#[test]
fn metrics_want_a_dataset() {
    let (data, validation) = (streamed(100, 20, 4), dataset(100..140));
    let error = model().fit(&data, Fit::new().metric(Accuracy::new())).unwrap_err();
    assert!(matches!(&error, Error::Setting { why } if why.contains("Fit::validation")), "{error}");
    let fit = Fit::new().epochs(2).metric(Accuracy::new()).validation(&validation);
    let history = model().fit(&data, fit).unwrap();
    assert_eq!(history.epochs[1].score("accuracy"), history.epochs[1].validation.unwrap().accuracy);
}

/// Tells on which thread it reads.
struct Watched(Clouds, std::sync::mpsc::Sender<ThreadId>);

impl Source for Watched {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&mut self, samples: std::ops::Range<usize>) -> Result<Dataset, ReadError> {
        // Nobody listens at the end.
        let _ = self.1.send(std::thread::current().id());
        self.0.read(samples)
    }
}

/// Counts the reads at the first batches of a window.
struct Early<'a> {
    reads: &'a Reads,
    seen: Vec<usize>,
}

impl Callback for Early<'_> {
    fn on_batches(&mut self, _: &BatchProgress) {
        // The reader has all time: a window is asked for once the one before is on the device.
        std::thread::sleep(std::time::Duration::from_millis(30));
        self.seen.push(self.reads.lock().unwrap().len());
    }
}

#[test]
fn the_next_window_is_read_meanwhile() {
    let (sender, threads) = std::sync::mpsc::channel();
    let clouds = Clouds { samples: 60, ..Clouds::default() };
    let reads = clouds.reads.clone();
    let data = Streamed::new(Watched(clouds, sender)).unwrap().window(20).block(20);
    let mut early = Early { reads: &reads, seen: Vec::new() };
    let fit = Fit::new().epochs(1).batch(20).unshuffled().callback(&mut early);
    model().fit(&data, fit).unwrap();
    // The first sample, then a window ahead of what is trained on.
    assert_eq!(early.seen, [3, 4, 4]);
    drop(data);
    let threads: Vec<ThreadId> = threads.iter().collect();
    assert_eq!(threads[0], std::thread::current().id());
    assert!(threads[1..].iter().all(|id| *id != threads[0] && *id == threads[1]));
}

#[test]
fn a_single_window_is_read_once() {
    let clouds = Clouds { samples: 60, ..Clouds::default() };
    let reads = clouds.reads.clone();
    let data = Streamed::new(clouds).unwrap();
    model().fit(&data, Fit::new().epochs(5).batch(20)).unwrap();
    assert_eq!(*reads.lock().unwrap(), [0..1, 0..60]);
}

#[test]
fn freezing_and_gradients_go_on_with_the_same_samples() {
    let (whole, data) = (dataset(0..SAMPLES), streamed(SAMPLES, 23, 4));
    let mut models = [model(), model()];
    let mut states = Vec::new();
    for (number, model) in models.iter_mut().enumerate() {
        let fit = Fit::new().epochs(2).batch(10).unshuffled();
        let mut training =
            if number == 0 { model.training(&whole, fit) } else { model.training(&data, fit) }.unwrap();
        let mut gradients = vec![training.gradient("decoder.weight").unwrap()];
        for _ in 0..3 {
            training.step().unwrap();
        }
        training.freeze("encoder").unwrap();
        gradients.push(training.gradient("decoder.weight").unwrap());
        while training.epoch().unwrap().is_some() {}
        let history = training.finish().unwrap();
        states.push((gradients, figures(&history), model.state().unwrap()));
    }
    assert_eq!(states[0], states[1]);
}
