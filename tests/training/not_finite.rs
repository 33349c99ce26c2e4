//! Numbers that are not finite end a training with the step that they came from, and good weights stay.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ndarray::{Array2, array};
use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu, Verify};
use wgrad::callback::{Callback, Control, EarlyStopping};
use wgrad::error::NotFinite;
use wgrad::layers::{Dense, Radial, Relu, Sigmoid};
use wgrad::ops::activation::Activation;
use wgrad::{Dataset, Error, Fit, Loss, Model, Optimizer, Result, Sequential, losses};

use crate::resume::After;
use crate::support::gpu;

fn cpu() -> Box<dyn Backend> {
    Box::new(Cpu::<f32>::with_threads(1).unwrap())
}

fn model(backend: Box<dyn Backend>, optimizer: Optimizer) -> Model {
    let net = Sequential::new([2]).add(Dense::new(8)).add(Relu).add_named("last", Dense::new(1));
    net.compile(backend, losses::MeanSquaredError, optimizer, 3).unwrap()
}

/// 40 samples, of which the given one has a target of this value.
fn data(at: usize, target: f32) -> Dataset {
    let inputs = Array2::from_shape_fn((40, 2), |(i, j)| ((i * 7 + j * 3) % 11) as f32 / 11.0);
    let mut targets = inputs.map_axis(ndarray::Axis(1), |row| row[0] - row[1]).insert_axis(ndarray::Axis(1));
    targets[[at, 0]] = target;
    Dataset::regression(inputs.view(), targets.view()).unwrap()
}

/// Where a training failed: epoch, batch, op, place.
fn step(error: Error) -> (usize, usize, String, String) {
    match error {
        Error::NotFinite { epoch, batch, cause: NotFinite::Step { op, place, value, .. } } => {
            assert!(!value.is_finite());
            (epoch, batch, op, place)
        }
        other => panic!("{other}"),
    }
}

/// A target whose square is too large for a real, in the fourth batch.
fn a_loss_overflows(backend: Box<dyn Backend>) {
    let mut model = model(backend, Optimizer::sgd(0.01));
    let before = model.snapshot().unwrap();
    let error = model.fit(&data(13, 1e25), Fit::new().batch(4).unshuffled()).unwrap_err();
    assert!(error.to_string().starts_with("epoch 1, batch 3: step "), "{error}");
    assert_eq!(step(error), (1, 3, "loss".into(), "losses[1, 0]".into()));
    assert_eq!(model.snapshot().unwrap(), before);
}

#[test]
fn the_batch_and_the_step_of_an_infinite_loss_are_named() {
    a_loss_overflows(cpu());
}

#[test]
fn the_batch_and_the_step_of_an_infinite_loss_on_a_gpu_are_named() {
    let Some(gpu) = gpu() else { return };
    a_loss_overflows(Box::new(gpu));
}

/// The rate at which the weights grow without bound takes some epochs to show.
fn the_epoch_before_stays(new: impl Fn() -> Box<dyn Backend>) {
    let train = data(0, 0.5);
    let mut failed = model(new(), Optimizer::sgd(30.0));
    let mut losses = Losses::default();
    let long = Fit::new().epochs(1000).batch(20).callback(&mut losses);
    let error = failed.fit(&train, long).unwrap_err();
    let (epoch, batch, ..) = step(error);
    assert_eq!(losses.0.len(), epoch - 1, "every earlier epoch had a finite loss");
    assert!(epoch > 2 && batch < 2, "epoch {epoch}, batch {batch}");
    let mut stopped = model(new(), Optimizer::sgd(30.0));
    stopped.fit(&train, Fit::new().epochs(epoch - 1).batch(20)).unwrap();
    assert_eq!(failed.snapshot().unwrap(), stopped.snapshot().unwrap());
}

#[test]
fn the_batch_is_found_in_later_epochs_too_and_the_weights_of_the_epoch_before_stay() {
    the_epoch_before_stays(cpu);
}

#[test]
fn on_a_gpu_the_weights_of_the_epoch_before_stay() {
    let Some(gpu) = gpu() else { return };
    the_epoch_before_stays(|| Box::new(gpu.another().unwrap()));
}

#[test]
fn under_verify_the_epoch_and_the_batch_are_named_wherever_they_are() {
    let mut model = model(Box::new(Verify::new(cpu()).unwrap()), Optimizer::sgd(0.01));
    let before = model.snapshot().unwrap();
    let error = model.fit(&data(35, 1e25), Fit::new().batch(1).unshuffled()).unwrap_err();
    let Error::StepNotFinite { place, .. } = &error else { panic!("{error}") };
    assert_eq!((place.epoch, place.batch, place.op.as_str()), (Some(1), 35, "loss"));
    assert!(error.to_string().starts_with("train, epoch 1, batch 35, step "), "{error}");
    assert_eq!(model.snapshot().unwrap(), before);
}

#[test]
fn a_training_that_is_interrupted_after_an_infinite_loss_leaves_the_former_checkpoint() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let flag = AtomicBool::new(false);
    let mut after = After { calls: 1, flag: &flag };
    let mut model = model(cpu(), Optimizer::sgd(1e-9));
    // The last batch before the interruption; the weights are finite still.
    let fit = Fit::new().batch(1).unshuffled().checkpoint(&path, None).interrupt(&flag).callback(&mut after);
    let error = model.fit(&data(31, 1e25), fit).unwrap_err();
    assert_eq!(step(error), (1, 31, "loss".into(), "losses[0, 0]".into()));
    assert!(!path.exists());
}

/// Fails at an epoch with what another training might have said.
struct Fail(usize);

impl Callback for Fail {
    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        if control.history().epochs.len() < self.0 {
            return Ok(());
        }
        let cause = NotFinite::Start { what: "a weight is NaN".into() };
        Err(Error::NotFinite { epoch: 50, batch: 0, cause })
    }
}

#[test]
fn the_error_of_another_training_takes_this_one_no_further() {
    let train = data(0, 0.5);
    let [mut failed, mut stopped] = [(); 2].map(|()| model(cpu(), Optimizer::sgd(0.1)));
    let mut fail = Fail(5);
    failed.fit(&train, Fit::new().epochs(9).batch(20).callback(&mut fail)).unwrap_err();
    stopped.fit(&train, Fit::new().epochs(4).batch(20)).unwrap();
    assert_eq!(failed.snapshot().unwrap(), stopped.snapshot().unwrap());
}

#[test]
fn a_validation_loss_that_overflows_ends_the_training_with_the_weights_of_the_epoch_before() {
    let mut model = model(cpu(), Optimizer::sgd(0.01));
    let before = model.snapshot().unwrap();
    let test = data(7, 1e25);
    let error = model.fit(&data(0, 0.5), Fit::new().batch(4).validation(&test)).unwrap_err();
    assert!(matches!(error, Error::Loss { loss, .. } if loss.is_infinite()), "{error}");
    assert_eq!(model.snapshot().unwrap(), before);
}

/// Counts the epochs that went well.
#[derive(Default)]
struct Losses(Vec<f64>);

impl Callback for Losses {
    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        self.0.extend(control.epoch().map(|epoch| epoch.metrics.loss));
        Ok(())
    }
}

#[test]
fn weights_that_the_last_update_spoiled_are_seen_although_no_loss_shows_them() {
    let mut model = model(cpu(), Optimizer::sgd(f32::MAX));
    let before = model.snapshot().unwrap();
    let error = model.fit(&data(0, 100.0), Fit::new().epochs(1).batch(40)).unwrap_err();
    let (epoch, batch, op, place) = step(error);
    assert_eq!((epoch, batch, op.as_str()), (1, 0, "sgd"));
    assert!(place.starts_with("dense_1.") || place.starts_with("last."), "{place}");
    assert_eq!(model.snapshot().unwrap(), before);
}

#[test]
fn what_the_cpu_does_not_find_is_the_devices_and_the_best_weights_and_the_checkpoint_stay() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let train = data(0, 0.5);
    let mut model = model(cpu(), Optimizer::adam(0.01));
    let mut stop = EarlyStopping::new(9);
    let fit = Fit::new().epochs(10).batch(4).checkpoint(&path, 3).callback(&mut stop);
    let mut training = model.training(&train, fit).unwrap();
    for _ in 0..4 {
        training.epoch().unwrap();
    }
    // As a driver might.
    training.model().set_parameter("last.bias", array![[f32::NAN]].view()).unwrap();
    let error = training.epoch().unwrap_err();
    training.finish().unwrap();
    assert!(
        matches!(&error, Error::NotFinite { epoch: 5, cause: NotFinite::Device { what }, .. } if what.contains("NaN")),
        "{error}"
    );
    let kept = model.snapshot().unwrap();
    let mut four = self::model(cpu(), Optimizer::adam(0.01));
    four.fit(&train, Fit::new().epochs(4).batch(4)).unwrap();
    assert_eq!(kept, four.snapshot().unwrap(), "the best epoch was the fourth");
    let mut three = Model::load(&path, cpu()).unwrap();
    let history = three.fit(&train, Fit::new().epochs(10).batch(4).resume(&path)).unwrap();
    assert_eq!(history.epochs.len(), 10, "the checkpoint of the third epoch is whole and goes on");
}

#[test]
fn weights_that_were_never_finite_are_said_so() {
    let mut model = model(cpu(), Optimizer::adam(0.01));
    model.set_parameter("last.bias", array![[f32::INFINITY]].view()).unwrap();
    let error = model.fit(&data(0, 0.5), Fit::new()).unwrap_err();
    assert!(error.to_string().contains("last.bias[0, 0] is inf before the first batch"), "{error}");
    let error = model.evaluate(&data(0, 0.5)).unwrap_err();
    assert!(matches!(error, Error::Loss { batch: 0, .. }), "{error}");
}

/// A model that has diverged has no loss, whatever the loss.
fn no_loss_hides_it(new: impl Fn() -> Box<dyn Backend>) {
    let inputs = data(0, 0.5).inputs().clone();
    let labels = Dataset::classification(inputs.clone(), vec![1; 40]).unwrap();
    let numbers = Dataset::autoencoder(inputs);
    let all: [(Arc<dyn Loss>, &Dataset, Option<Activation>); 6] = [
        (Arc::new(losses::MeanSquaredError), &numbers, None),
        (Arc::new(losses::BinaryCrossEntropy::new()), &numbers, Some(Sigmoid.into())),
        // Not recorded on its argument.
        (Arc::new(losses::BinaryCrossEntropy::new()), &numbers, Some(Radial.into())),
        (Arc::new(losses::BinaryCrossEntropy::logits()), &numbers, None),
        (Arc::new(losses::SoftmaxCrossEntropy::new()), &labels, None),
        (Arc::new(losses::SoftmaxCrossEntropy::new()), &labels, Some(Activation::identity())),
    ];
    for (loss, data, last) in all {
        let net = Sequential::new([2]).add(Dense::new(2));
        let net = if let Some(last) = last { net.add(last) } else { net };
        let mut model = net.compile(new(), Arc::clone(&loss), Optimizer::sgd(0.1), 3).unwrap();
        let bias = Array2::from_elem((1, 2), f32::NAN);
        model.set_parameter("dense_1.bias", bias.view()).unwrap();
        let outcome = model.evaluate(data);
        assert!(matches!(&outcome, Err(Error::Loss { loss, .. }) if loss.is_nan()), "{loss:?}: {outcome:?}");
    }
}

#[test]
fn what_is_not_a_number_passes_every_loss() {
    no_loss_hides_it(cpu);
}

#[test]
fn what_is_not_a_number_passes_every_loss_on_a_gpu() {
    let Some(gpu) = gpu() else { return };
    no_loss_hides_it(|| Box::new(gpu.another().unwrap()));
}

/// What has diverged before an activation has after it.
fn not_a_number_passes(backend: impl Fn() -> Box<dyn Backend>) {
    for activation in Activation::examples() {
        let net = Sequential::new([2]).add(Dense::new(1)).add(activation.clone());
        let mut model = net.compile(backend(), losses::MeanSquaredError, Optimizer::sgd(0.1), 3).unwrap();
        model.set_parameter("dense_1.bias", array![[f32::NAN]].view()).unwrap();
        let found = model.predict(data(0, 0.5).inputs()).unwrap();
        assert!(found.iter().all(|value| value.is_nan()), "{activation:?}: {found}");
    }
}

#[test]
fn what_is_not_a_number_passes_every_activation() {
    not_a_number_passes(cpu);
}

#[test]
fn what_is_not_a_number_passes_every_activation_on_a_gpu() {
    let Some(_) = gpu() else { return };
    not_a_number_passes(|| Box::new(gpu().unwrap()));
}
