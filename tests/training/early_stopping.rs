//! Early stopping brings back all that the best epoch was trained to, also from checkpoints; and states of models.

use tempfile::tempdir;
use wgrad::backend::Cpu;
use wgrad::callback::EarlyStopping;
use wgrad::layers::Dense;
use wgrad::{Fit, Optimizer, Sequential, TensorFile, losses};

use super::own_loop::{data, model};

/// Its first epoch is the best, as no other gains enough.
fn first_is_best() -> EarlyStopping {
    EarlyStopping::new(2).least_gain(100.0)
}

#[test]
fn early_stopping_brings_moments_and_step_back_as_well() {
    let train = data(20);
    let fit = || Fit::new().epochs(9).batch(5);
    let (mut stopped, mut stopping) = (model(Optimizer::adam(0.01)), first_is_best());
    let history = stopped.fit(&train, fit().callback(&mut stopping)).unwrap();
    assert_eq!(history.epochs.len(), 3);
    let mut one = model(Optimizer::adam(0.01));
    one.fit(&train, fit().epochs(1)).unwrap();
    assert_eq!(stopped.state().unwrap(), one.state().unwrap());
    assert_eq!(one.state().unwrap().steps(), 4);
}

#[test]
fn the_best_state_is_part_of_checkpoints_also_of_those_of_version_0_1() {
    let folder = tempdir().unwrap();
    let [path, old] = ["new", "old"].map(|name| folder.path().join(name));
    let train = data(20);
    let (mut whole, mut stopping) = (model(Optimizer::adam(0.01)), first_is_best());
    let fit = Fit::new().batch(5).epochs(2).checkpoint(&path, 1).callback(&mut stopping);
    whole.fit(&train, fit).unwrap();
    let resumed = |path: &std::path::Path| {
        let (mut resumed, mut stopping) = (model(Optimizer::adam(0.01)), first_is_best());
        let fit = Fit::new().batch(5).epochs(5).resume(path).callback(&mut stopping);
        let history = resumed.fit(&train, fit).unwrap();
        assert_eq!(history.epochs.len(), 3);
        resumed
    };
    assert_eq!(resumed(&path).state().unwrap(), whole.state().unwrap());
    // Version 0.1 wrote the smallest loss, the epochs since, and the best parameters.
    let file = TensorFile::read(&path).unwrap();
    let progress = file.doubles("wgrad/early_stopping").unwrap();
    let two = ndarray::array![progress[0], progress[1]];
    file.with_doubles("wgrad/early_stopping", two.view()).write(&old).unwrap();
    assert_eq!(resumed(&old).snapshot().unwrap(), whole.snapshot().unwrap());
}

/// Its training was dropped, so that it did not hear of the end.
#[test]
fn what_early_stopping_knows_of_another_training_does_not_count_in_a_resumed_one() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let (train, mut stopping) = (data(20), EarlyStopping::new(9).least_gain(100.0));
    fn fit<'a>() -> Fit<'a> {
        Fit::new().batch(5).epochs(3)
    }
    model(Optimizer::adam(0.01)).fit(&train, fit().epochs(1).checkpoint(&path, 1)).unwrap();
    let mut dropped = model(Optimizer::adam(0.02));
    let mut training = dropped.training(&train, fit().callback(&mut stopping)).unwrap();
    training.epoch().unwrap();
    drop(training);
    let mut resumed = model(Optimizer::adam(0.01));
    resumed.fit(&train, fit().resume(&path).callback(&mut stopping)).unwrap();
    let mut wanted = model(Optimizer::adam(0.01));
    wanted.fit(&train, fit().epochs(2)).unwrap();
    assert_eq!(resumed.snapshot().unwrap(), wanted.snapshot().unwrap(), "its first own epoch is the best");
}

#[test]
fn a_state_of_another_model_is_refused() {
    let mut adam = model(Optimizer::adam(0.01));
    let state = adam.state().unwrap();
    let error = model(Optimizer::sgd(0.1)).set_state(&state).unwrap_err().to_string();
    assert!(error.contains("2 moments") && error.contains("the model has 0"), "{error}");
    let other = Sequential::new([6]).add(Dense::new(6));
    let mut other =
        other.compile(Cpu::<f32>::new().unwrap(), losses::MeanSquaredError, Optimizer::adam(0.1), 0).unwrap();
    assert!(other.set_state(&state).is_err());
}
