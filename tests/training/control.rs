//! What callbacks ask of a training by its control.

use wgrad::callback::{Callback, Control, EarlyStopping};
use wgrad::{Error, Fit, Optimizer, Result};

use super::own_loop::{data, model};

/// Asks for something after an epoch, and again at the end.
struct Asks<F>(usize, F);

impl<F: FnMut(&mut Control<'_>)> Callback for Asks<F> {
    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        if control.history().epochs.len() == self.0 {
            (self.1)(control);
        }
        Ok(())
    }
}

#[test]
fn a_kept_state_comes_back_in_a_later_epoch() {
    let train = data(20);
    let mut keep = Asks(1, |control: &mut Control<'_>| {
        control.keep("first");
        assert!(!control.restore("first"), "it is kept once all have heard of the epoch");
    });
    let mut restore = Asks(3, |control: &mut Control<'_>| {
        assert!(control.restore("first") && !control.restore("second"));
        control.stop();
    });
    let mut restored = model(Optimizer::adam(0.01));
    let fit = Fit::new().epochs(9).batch(5).callback(&mut keep).callback(&mut restore);
    assert_eq!(restored.fit(&train, fit).unwrap().epochs.len(), 3);
    let mut one = model(Optimizer::adam(0.01));
    one.fit(&train, Fit::new().epochs(1).batch(5)).unwrap();
    assert_eq!(restored.state().unwrap(), one.state().unwrap());
}

#[test]
fn a_rate_that_cannot_train_ends_the_training_with_its_number() {
    let train = data(20);
    let mut asks = Asks(2, |control: &mut Control<'_>| control.set_rate(-0.5));
    let error = model(Optimizer::adam(0.01))
        .fit(&train, Fit::new().epochs(9).batch(5).callback(&mut asks))
        .unwrap_err()
        .to_string();
    assert!(error.contains("the learning rate is -0.5"), "{error}");
}

#[test]
fn layers_freeze_and_thaw_by_callbacks() {
    let train = data(20);
    let mut freeze = Asks(1, |control: &mut Control<'_>| control.freeze("encoder"));
    let mut thaw = Asks(2, |control: &mut Control<'_>| control.thaw("encoder"));
    let mut model = model(Optimizer::sgd(0.1));
    let fit = Fit::new().epochs(3).batch(5).callback(&mut freeze).callback(&mut thaw);
    let mut training = model.training(&train, fit).unwrap();
    let mut weights = Vec::new();
    while training.epoch().unwrap().is_some() {
        weights.push(training.model().parameter("encoder.weight").unwrap());
    }
    training.finish().unwrap();
    assert!(weights[0] == weights[1] && weights[1] != weights[2]);
    let mut unknown = Asks(1, |control: &mut Control<'_>| control.freeze("nothing"));
    let error = model.fit(&train, Fit::new().epochs(2).batch(5).callback(&mut unknown)).unwrap_err();
    assert!(error.to_string().contains("nothing"), "{error}");
}

#[test]
fn what_two_callbacks_keep_is_in_the_checkpoint_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let train = data(20);
    // Its first epoch is the best, as no other gains enough.
    let best = || EarlyStopping::new(4).least_gain(100.0);
    let (mut second, mut stopping) = (Asks(2, |control: &mut Control<'_>| control.keep("second")), best());
    let fit =
        Fit::new().epochs(3).batch(5).checkpoint(&path, 3).callback(&mut second).callback(&mut stopping);
    model(Optimizer::adam(0.01)).fit(&train, fit).unwrap();

    let (mut restore, mut stopping) = (
        Asks(4, |control: &mut Control<'_>| {
            assert!(control.restore("second"));
            control.stop();
        }),
        best(),
    );
    let mut resumed = model(Optimizer::adam(0.01));
    let fit = Fit::new().epochs(9).batch(5).resume(&path).callback(&mut restore).callback(&mut stopping);
    let mut training = resumed.training(&train, fit).unwrap();
    while training.epoch().unwrap().is_some() {}
    let restored = training.model().state().unwrap();
    training.finish().unwrap();
    for (epochs, found) in [(2, restored), (1, resumed.state().unwrap())] {
        let mut wanted = model(Optimizer::adam(0.01));
        wanted.fit(&train, Fit::new().epochs(epochs).batch(5)).unwrap();
        assert_eq!(found, wanted.state().unwrap(), "after {epochs} epochs");
    }
}

#[test]
fn weights_that_are_not_finite_are_not_kept_and_end_the_training() {
    let train = data(20);
    // Its steps are longer than the rate.
    let mut model = model(Optimizer::rms_prop(0.01));
    let mut keep = Asks(2, |control: &mut Control<'_>| control.keep("it"));
    let mut training = model.training(&train, Fit::new().epochs(9).batch(20).callback(&mut keep)).unwrap();
    training.epoch().unwrap();
    let sound = training.model().snapshot().unwrap();
    training.set_rate(f32::MAX).unwrap();
    let error = training.epoch().unwrap_err();
    assert!(matches!(error, Error::NotFinite { epoch: 2, .. }), "{error}");
    drop(training);
    assert_eq!(model.snapshot().unwrap(), sound);
}

#[test]
fn a_divergence_after_a_state_came_back_is_undone_from_there() {
    let train = data(20);
    let mut model = model(Optimizer::rms_prop(0.01));
    let mut keep = Asks(1, |control: &mut Control<'_>| control.keep("first"));
    let mut restore = Asks(3, |control: &mut Control<'_>| assert!(control.restore("first")));
    let fit = Fit::new().epochs(9).batch(5).callback(&mut keep).callback(&mut restore);
    let mut training = model.training(&train, fit).unwrap();
    for _ in 0..4 {
        training.epoch().unwrap();
    }
    let sound = training.model().state().unwrap();
    training.set_rate(f32::MAX).unwrap();
    training.epoch().unwrap_err();
    drop(training);
    assert!(model.state().unwrap() == sound, "the end of the fourth epoch");
}
