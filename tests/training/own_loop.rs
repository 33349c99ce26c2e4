//! Own loops over epochs and steps: the same training as `fit`, to the bit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::{Backend, BackendInfo, Cpu, ProgramId, Values};
use wgrad::callback::{Callback, Control, EarlyStopping};
use wgrad::layers::{Dense, Dropout, Tanh};
use wgrad::model::Snapshot;
use wgrad::program::{Batch, Program};
use wgrad::{Dataset, Error, Fit, History, Model, Optimizer, Result, Samples, Sequential, Tensor, losses};

use crate::support::{adam, gpu};

pub fn data(rows: usize) -> Dataset {
    let values = Array2::from_shape_fn((rows, 6), |(i, j)| ((i * 13 + j * 5) % 17) as f32 / 17.0);
    Dataset::autoencoder(Samples::reals(values.view()).unwrap())
}

fn model_on(backend: impl Backend + 'static, optimizer: Optimizer) -> Model {
    let net = Sequential::new([6]).add_named("encoder", Dense::new(5)).add(Tanh).add(Dropout::new(0.2));
    net.add_named("decoder", Dense::new(6)).compile(backend, losses::MeanSquaredError, optimizer, 1).unwrap()
}

pub fn model(optimizer: Optimizer) -> Model {
    model_on(Cpu::<f32>::with_threads(2).unwrap(), optimizer)
}

/// An epoch, its losses and its rate.
type Told = Vec<(usize, f64, Option<f64>, f32)>;

/// All of a history except the seconds.
fn told(history: &History) -> Told {
    let row = |epoch: &wgrad::history::Epoch| {
        (epoch.epoch, epoch.metrics.loss, epoch.validation.map(|metrics| metrics.loss), epoch.rate)
    };
    history.epochs.iter().map(row).collect()
}

/// By `fit`, by epochs and by steps.
fn three_ways(new: impl Fn() -> Model) -> [(Told, Snapshot); 3] {
    let (train, validation) = (data(23), data(5));
    let fit = || Fit::new().epochs(4).batch(5).validation(&validation);
    let mut models = [new(), new(), new()];
    let first = models[0].fit(&train, fit()).unwrap();
    let mut training = models[1].training(&train, fit()).unwrap();
    while training.epoch().unwrap().is_some() {}
    let second = training.finish().unwrap();
    let mut training = models[2].training(&train, fit()).unwrap();
    let mut steps = 0;
    while let Some(step) = training.step().unwrap() {
        steps += 1;
        assert_eq!((step.epoch, step.batch, step.of), ((steps - 1) / 5 + 1, (steps - 1) % 5 + 1, 5));
    }
    assert_eq!(steps, 20);
    let third = training.finish().unwrap();
    let mut histories = [first, second, third].into_iter();
    models.map(|mut model| (told(&histories.next().unwrap()), model.snapshot().unwrap()))
}

#[test]
fn fit_epochs_and_steps_are_one_training() {
    for optimizer in [Optimizer::adam(0.01), Optimizer::sgd(0.1)] {
        let [a, b, c] = three_ways(|| model(optimizer.clone()));
        assert!(a == b && b == c, "{:?}\n{:?}\n{:?}", a.0, b.0, c.0);
    }
    let Some(device) = gpu() else { return };
    let [a, b, c] = three_ways(|| model_on(device.another().unwrap(), adam(0.01)));
    assert!(a == b && b == c, "{:?}\n{:?}\n{:?}", a.0, b.0, c.0);
}

#[test]
fn the_losses_of_steps_are_those_of_their_epoch() {
    let (train, mut model) = (data(23), model(Optimizer::adam(0.01)));
    let mut training = model.training(&train, Fit::new().epochs(2).batch(5)).unwrap();
    assert_eq!(training.loss().unwrap(), None);
    let mut sum = 0.0;
    while let Some(step) = training.step().unwrap() {
        let rows = if step.batch == 5 { 3.0 } else { 5.0 };
        sum += rows * training.loss().unwrap().unwrap();
    }
    let history = training.finish().unwrap();
    let told: f64 = history.epochs.iter().map(|epoch| 23.0 * epoch.metrics.loss).sum();
    assert!((sum - told).abs() < 1e-5 * told, "{sum} instead of {told}");
}

#[test]
fn a_rate_that_is_set_takes_the_place_of_the_optimizers() {
    let train = data(20);
    let fit = || Fit::new().epochs(3).batch(5);
    let mut expected = model(Optimizer::sgd(0.05));
    expected.fit(&train, fit()).unwrap();
    let mut found = model(Optimizer::sgd(0.3));
    let mut training = found.training(&train, fit()).unwrap();
    training.set_rate(0.05).unwrap();
    while training.step().unwrap().is_some() {}
    training.finish().unwrap();
    assert_eq!(found.snapshot().unwrap(), expected.snapshot().unwrap());
    let mut training = found.training(&train, fit()).unwrap();
    for rate in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let error = training.set_rate(rate).unwrap_err().to_string();
        assert!(error.contains(&format!("rate is {rate}")), "{error}");
    }
}

#[test]
fn rates_that_were_set_are_part_of_checkpoints() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let (train, interrupt) = (data(20), AtomicBool::new(false));
    let fit = || Fit::new().epochs(4).batch(5).checkpoint(&path, None);
    let train_to = |training: &mut wgrad::Training<'_, '_, '_>, stop: usize| -> Result<()> {
        let mut steps = 0;
        while let Some(step) = training.step()? {
            steps += 1;
            if (step.epoch, step.batch) == (2, 3) {
                training.set_rate(0.02)?;
            }
            interrupt.store(steps + 1 == stop, Ordering::Relaxed);
        }
        Ok(())
    };
    let mut whole = model(Optimizer::momentum(0.1, 0.9));
    let mut training = whole.training(&train, fit()).unwrap();
    train_to(&mut training, 0).unwrap();
    let history = training.finish().unwrap();
    assert_eq!(history.epochs.iter().map(|epoch| epoch.rate).collect::<Vec<_>>(), [0.1, 0.02, 0.02, 0.02]);

    let mut broken = model(Optimizer::momentum(0.1, 0.9));
    let mut training = broken.training(&train, fit().interrupt(&interrupt)).unwrap();
    let error = train_to(&mut training, 10).unwrap_err();
    assert!(matches!(error, Error::Interrupted { epoch: 3, batches: 2, .. }), "{error}");
    drop(training);
    interrupt.store(false, Ordering::Relaxed);
    let mut resumed = model(Optimizer::momentum(0.1, 0.9));
    let mut training = resumed.training(&train, fit().resume(&path)).unwrap();
    while training.epoch().unwrap().is_some() {}
    assert_eq!(told(&training.finish().unwrap()), told(&history));
    assert_eq!(resumed.snapshot().unwrap(), whole.snapshot().unwrap());
}

#[test]
fn a_layer_is_frozen_and_thawed_in_the_middle_of_an_epoch() {
    let (train, mut model) = (data(23), model(Optimizer::adam(0.01)));
    let mut training = model.training(&train, Fit::new().epochs(3).batch(5)).unwrap();
    let weight =
        |training: &mut wgrad::Training<'_, '_, '_>, name: &str| training.model().parameter(name).unwrap();
    let mut losses = Vec::new();
    let mut before = None;
    while let Some(step) = training.step().unwrap() {
        losses.push(training.loss().unwrap().unwrap());
        match (step.epoch, step.batch) {
            (1, 2) => {
                training.freeze("encoder").unwrap();
                before = Some(["encoder.weight", "decoder.weight"].map(|name| weight(&mut training, name)));
            }
            (2, 4) => {
                let [encoder, decoder] = before.clone().unwrap();
                assert_eq!(weight(&mut training, "encoder.weight"), encoder);
                assert_ne!(weight(&mut training, "decoder.weight"), decoder);
                training.thaw("encoder").unwrap();
            }
            _ => {}
        }
    }
    assert_ne!(weight(&mut training, "encoder.weight"), before.unwrap()[0]);
    // The losses before it was frozen count as well.
    let first: f64 = losses[..4].iter().map(|loss| 5.0 * loss).sum::<f64>() + 3.0 * losses[4];
    let told = 23.0 * training.history().epochs[0].metrics.loss;
    assert!((first - told).abs() < 1e-5 * told, "{first} instead of {told}");
}

/// By its name, by the model under training and by a callback.
#[test]
fn whoever_freezes_a_layer_it_is_the_rest_that_trains() {
    struct Freezes(bool);
    impl Callback for Freezes {
        fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
            if self.0 && control.history().epochs.len() == 2 {
                control.freeze("encoder");
            }
            Ok(())
        }
    }
    let train = data(20);
    let trained = |way: usize| {
        let (mut model, mut freezes) = (model(Optimizer::adam(0.01)), Freezes(way == 2));
        let fit = Fit::new().epochs(4).batch(5).validation(&train).callback(&mut freezes);
        let mut training = model.training(&train, fit).unwrap();
        while let Some(step) = training.step().unwrap() {
            match (step.epoch, step.batch, way) {
                (2, 4, 0) => training.freeze("encoder").unwrap(),
                (2, 4, 1) => training.model().freeze("encoder").unwrap(),
                _ => {}
            }
        }
        let history = training.finish().unwrap();
        let last = history.last().unwrap().validation.unwrap().loss;
        assert_eq!(last, model.evaluate(&train).unwrap().loss, "it is the model that was trained");
        (told(&history), model.snapshot().unwrap())
    };
    let [by_name, by_model, by_callback, never] = [0, 1, 2, 3].map(trained);
    assert!(by_name == by_model && by_model == by_callback && by_callback != never);
}

#[test]
fn a_training_of_nothing_says_so_until_something_is_thawed() {
    let (train, mut model) = (data(20), model(Optimizer::sgd(0.1)));
    let mut training = model.training(&train, Fit::new().epochs(2).batch(5)).unwrap();
    training.step().unwrap();
    for name in ["encoder", "decoder"] {
        training.freeze(name).unwrap();
    }
    let before = training.model().snapshot().unwrap();
    for _ in 0..2 {
        let error = training.step().unwrap_err().to_string();
        assert!(error.contains("all parameters are frozen"), "{error}");
    }
    assert_eq!(training.model().snapshot().unwrap(), before);
    training.thaw("decoder").unwrap();
    let step = training.step().unwrap().unwrap();
    assert_eq!((step.epoch, step.batch), (1, 2));
    assert_ne!(training.model().snapshot().unwrap(), before);
}

#[test]
fn a_divergence_before_a_layer_is_frozen_is_told_and_undone() {
    let (train, mut model) = (data(20), model(Optimizer::sgd(0.1)));
    let mut training = model.training(&train, Fit::new().epochs(9).batch(5)).unwrap();
    training.epoch().unwrap();
    let sound = training.model().snapshot().unwrap();
    training.set_rate(1e30).unwrap();
    for _ in 0..3 {
        training.step().unwrap();
    }
    let error = training.freeze("encoder").unwrap_err();
    assert!(matches!(error, Error::NotFinite { epoch: 2, .. }), "{error}");
    assert!(training.model().frozen().next().is_none() && training.step().unwrap().is_none());
    drop(training);
    assert_eq!(model.snapshot().unwrap(), sound);
}

#[test]
fn the_loss_of_the_last_batch_is_no_other_ones() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (train, mut first) = (data(20), model(Optimizer::sgd(0.1)));
    let fit = || Fit::new().epochs(3).batch(20);
    let mut training = first.training(&train, fit().checkpoint(&path, 1)).unwrap();
    training.step().unwrap();
    let loss = training.loss().unwrap();
    training.gradient("encoder.weight").unwrap();
    assert_eq!(training.loss().unwrap(), loss, "a gradient is of the next batch");
    drop(training);
    let mut resumed = model(Optimizer::sgd(0.1));
    let mut training = resumed.training(&train, fit().resume(&path)).unwrap();
    assert_eq!(training.loss().unwrap(), None);
    training.step().unwrap();
    assert!(training.loss().unwrap() < loss);
}

#[test]
fn the_history_outlives_a_divergence() {
    let train = data(20);
    let mut model = model(Optimizer::sgd(0.1));
    let mut training = model.training(&train, Fit::new().epochs(9).batch(5)).unwrap();
    let kept = (0..2).map(|_| training.epoch().unwrap().unwrap().metrics.loss).collect::<Vec<_>>();
    let sound = training.model().snapshot().unwrap();
    training.set_rate(1e30).unwrap();
    let error = training.epoch().unwrap_err();
    assert!(matches!(error, Error::NotFinite { epoch: 3, .. }), "{error}");
    assert_eq!(training.history().epochs.iter().map(|epoch| epoch.metrics.loss).collect::<Vec<_>>(), kept);
    assert!(training.epoch().unwrap().is_none() && training.step().unwrap().is_none(), "it is over");
    assert_eq!(training.finish().unwrap().epochs.len(), 2);
    assert_eq!(model.snapshot().unwrap(), sound, "the weights of the last good epoch");
}

#[test]
fn callbacks_stop_own_loops_and_hear_of_the_end() {
    struct Ends(usize, bool);
    impl Callback for Ends {
        fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
            if control.history().epochs.len() >= self.0 {
                control.stop();
            }
            Ok(())
        }
        fn on_end(&mut self, _: &mut Control<'_>) -> Result<()> {
            self.1 = true;
            Ok(())
        }
    }
    let (train, mut model) = (data(20), model(Optimizer::sgd(0.1)));
    let (mut ends, mut stopping) = (Ends(2, false), EarlyStopping::new(50));
    let fit = Fit::new().epochs(9).batch(5).callback(&mut ends).callback(&mut stopping);
    let mut training = model.training(&train, fit).unwrap();
    let mut steps = 0;
    while training.step().unwrap().is_some() {
        steps += 1;
    }
    assert_eq!(steps, 8);
    assert_eq!(training.finish().unwrap().epochs.len(), 2);
    assert!(ends.1);
}

/// Counts the programs that are there.
struct Counting {
    cpu: Cpu<f32>,
    programs: Arc<AtomicIsize>,
}

impl Backend for Counting {
    fn info(&self) -> BackendInfo {
        self.cpu.info()
    }
    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        self.programs.fetch_add(1, Ordering::Relaxed);
        self.cpu.compile(program)
    }
    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.cpu.write(tensor, values)
    }
    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        self.cpu.run(program, batches)
    }
    fn release(&mut self, program: ProgramId) {
        self.programs.fetch_sub(1, Ordering::Relaxed);
        self.cpu.release(program);
    }
    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.cpu.read(tensor)
    }
}

#[test]
fn a_training_that_is_dropped_leaves_nothing_on_the_device() {
    let programs = Arc::new(AtomicIsize::new(0));
    let backend = Counting { cpu: Cpu::new().unwrap(), programs: Arc::clone(&programs) };
    let (train, mut model) = (data(20), model_on(backend, Optimizer::sgd(0.1)));
    let before = programs.load(Ordering::Relaxed);
    let mut training = model.training(&train, Fit::new().validation(&train).epochs(9).batch(5)).unwrap();
    training.step().unwrap();
    training.freeze("encoder").unwrap();
    training.step().unwrap();
    assert_eq!(programs.load(Ordering::Relaxed), before + 2);
    drop(training);
    assert_eq!(programs.load(Ordering::Relaxed), before);
    let fit = Fit::new().resume("/nowhere/at/all.safetensors");
    assert!(model.training(&train, fit).is_err());
    assert_eq!(programs.load(Ordering::Relaxed), before);
}
