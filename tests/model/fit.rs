//! Training: batches, shuffling, callbacks, early stopping.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use wgrad::callback::{BatchProgress, Callback, Control, EarlyStopping};
use wgrad::layers::Dense;
use wgrad::{Error, Fit, Model, Optimizer, Result, Schedule, Sequential, losses};

use crate::support::{Counting, assert_close, cpu, drawn, linear, one_hot, regression, weights};

#[test]
fn a_training_that_cannot_begin_leaves_no_program_behind() {
    let (backend, _) = Counting::new();
    let programs = backend.programs.clone();
    let net = Sequential::new([3]).add(Dense::new(2));
    let mut model = net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    let held = programs.load(Ordering::Relaxed);
    let [sound, narrow] = [3, 2].map(|width| regression(&drawn(1, 8, width), &drawn(2, 8, 2)));
    for _ in 0..3 {
        let error = model.fit(&sound, Fit::new().validation(&narrow)).unwrap_err();
        assert!(matches!(error, Error::InputShape { .. }), "{error}");
    }
    model.fit(&sound, Fit::new().validation(&sound)).unwrap();
    assert_eq!(programs.load(Ordering::Relaxed), held);
}

// === Batches and shuffling ===

#[test]
fn an_epoch_sees_every_sample_once() {
    // Weight i learns from sample i alone: once seen it is 2 · 0.1 · 1, after a second time it would be 0.36.
    for batch in [1, 7, 40] {
        let mut model = linear(40, Optimizer::sgd(0.1), 3);
        model.fit(&one_hot(&[1.0; 40]), Fit::new().epochs(1).batch(batch)).unwrap();
        let rows = |first: usize| (40 - first / batch * batch).min(batch) as f64;
        let mut found = weights(&mut model, "dense_1.weight");
        let mut wanted: Vec<f64> = (0..40).map(|i| 0.2 / rows(i)).collect();
        found.sort_by(f32::total_cmp);
        wanted.sort_by(f64::total_cmp);
        assert_close(&found, &wanted, 1e-6);
    }
}

#[test]
fn a_last_smaller_batch_weighs_by_its_samples() {
    let targets = [1.0, 2.0, 3.0, 4.0, 5.0];
    let mut model = linear(5, Optimizer::sgd(0.1), 0);
    let history = model.fit(&one_hot(&targets), Fit::new().epochs(1).batch(2).unshuffled()).unwrap();
    // In a batch of two, each sample has half a say; the last has all of it.
    assert_close(&weights(&mut model, "dense_1.weight"), &[0.1, 0.2, 0.3, 0.4, 1.0], 1e-6);
    // The epoch's loss is the mean over samples, not over batches.
    let loss = history.last().unwrap().metrics.loss;
    assert!((loss - (1.0 + 4.0 + 9.0 + 16.0 + 25.0) / 5.0).abs() < 1e-6, "{loss}");
}

/// The weights after a training whose result depends on the order of samples.
fn trained(seed: u64, fit: Fit<'_>) -> Vec<f32> {
    let data = regression(&drawn(1, 20, 3), &drawn(2, 20, 1));
    let mut model = linear(3, Optimizer::sgd(0.3), seed);
    model.fit(&data, fit).unwrap();
    weights(&mut model, "dense_1.weight")
}

#[test]
fn the_seed_decides_the_order_of_samples() {
    let shuffled = |seed| trained(seed, Fit::new().epochs(2).batch(4));
    assert_eq!(shuffled(0), shuffled(0));
    assert_ne!(shuffled(0), shuffled(1));
    let unshuffled = |seed| trained(seed, Fit::new().epochs(2).batch(4).unshuffled());
    assert_eq!(unshuffled(0), unshuffled(1));
    assert_ne!(unshuffled(0), shuffled(0));
}

#[test]
fn each_epoch_has_an_order_of_its_own() {
    // A learning rate that keeps only the last sample: the weight is then that sample's target.
    let last = |epochs| {
        let net = Sequential::new([1]).add(Dense::new(1).without_bias());
        let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.5), 0).unwrap();
        let targets = ndarray::Array2::from_shape_fn((50, 1), |(i, _)| i as f32);
        let data = regression(&ndarray::Array2::ones((50, 1)), &targets);
        model.fit(&data, Fit::new().epochs(epochs).batch(1)).unwrap();
        weights(&mut model, "dense_1.weight")[0].round() as i32
    };
    let lasts: std::collections::BTreeSet<i32> = (1..=6).map(last).collect();
    assert!(lasts.len() >= 4, "{lasts:?}");
}

// === Callbacks ===

/// Writes down what it hears.
struct Scribe {
    name: &'static str,
    heard: Rc<RefCell<Vec<String>>>,
    stop_at: usize,
}

impl Callback for Scribe {
    fn on_batches(&mut self, progress: &BatchProgress) {
        let BatchProgress { epoch, epochs, samples, of, .. } = progress;
        self.heard.borrow_mut().push(format!("{}: {epoch}/{epochs} {samples}/{of}", self.name));
    }
    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        let epoch = control.epoch().unwrap().epoch;
        assert_eq!(control.history().epochs.len(), epoch);
        self.heard.borrow_mut().push(format!("{}: epoch {epoch}", self.name));
        if epoch == self.stop_at {
            control.stop();
        }
        Ok(())
    }
    fn on_end(&mut self, control: &mut Control<'_>) -> Result<()> {
        let epochs = control.history().epochs.len();
        self.heard.borrow_mut().push(format!("{}: end after {epochs}", self.name));
        Ok(())
    }
}

#[test]
fn callbacks_hear_in_order_and_any_of_them_may_stop() {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let scribe = |name, stop_at| Scribe { name, heard: heard.clone(), stop_at };
    let (mut a, mut b) = (scribe("a", 2), scribe("b", 9));
    let fit = Fit::new().epochs(5).batch(1).callback(&mut a).callback(&mut b);
    let history = linear(40, Optimizer::sgd(0.1), 0).fit(&one_hot(&[1.0; 40]), fit).unwrap();
    assert_eq!(history.epochs.len(), 2);
    let epoch = |number: usize| {
        let batches = ["a", "b"].map(|name| format!("{name}: {number}/5 32/40"));
        let rest = ["a", "b"].map(|name| format!("{name}: {number}/5 40/40"));
        let ends = ["a", "b"].map(|name| format!("{name}: epoch {number}"));
        [batches, rest, ends].concat()
    };
    let ends = ["a", "b"].map(|name| format!("{name}: end after 2")).to_vec();
    assert_eq!(*heard.borrow(), [epoch(1), epoch(2), ends].concat());
}

/// Fails in the second epoch.
struct Failing;

impl Callback for Failing {
    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        if control.history().epochs.len() < 2 {
            return Ok(());
        }
        Err(Error::Setting { why: "the callback's own".into() })
    }
}

#[test]
fn an_error_of_a_callback_ends_the_training_and_leaves_the_model_usable() {
    let mut model = linear(3, Optimizer::sgd(0.1), 0);
    let data = one_hot(&[1.0; 3]);
    let error = model.fit(&data, Fit::new().epochs(5).callback(&mut Failing)).unwrap_err();
    assert!(error.to_string().contains("the callback's own"), "{error}");
    let loss = model.evaluate(&data).unwrap().loss;
    assert!(loss < 1.0 && model.fit(&data, Fit::new().epochs(1)).is_ok(), "{loss}");
}

// === Early stopping ===

/// Doubles the learning rate each epoch: the loss `(w - 1)²` falls for four epochs and then explodes, since an epoch
/// multiplies `w - 1` by `1 - 2 · rate`, with rates 0.1, 0.2, 0.4, 0.8, 1.6, …
fn diverging() -> Model {
    let schedule = Schedule::Step { epochs: 1, factor: 2.0 };
    linear(1, Optimizer::sgd(0.1).schedule(schedule), 0)
}

#[test]
fn early_stopping_restores_the_best_epochs_weights() {
    let data = one_hot(&[1.0]);
    let (mut model, mut stop) = (diverging(), EarlyStopping::new(2));
    let fit = Fit::new().epochs(50).validation(&data).callback(&mut stop);
    let history = model.fit(&data, fit).unwrap();
    let best = 0.8 * 0.6 * 0.2 * -0.6;
    assert_eq!((history.epochs.len(), history.best().unwrap().epoch), (6, 4));
    assert_close(&weights(&mut model, "dense_1.weight"), &[1.0 - best], 1e-5);
    let loss = model.evaluate(&data).unwrap().loss;
    assert!(
        (loss - history.best().unwrap().validation.unwrap().loss).abs() < 1e-9
            && (loss - best * best).abs() < 1e-6
    );
}

#[test]
fn early_stopping_restores_at_the_end_too_and_judges_by_training_without_validation() {
    let data = one_hot(&[1.0]);
    let (mut model, mut stop) = (diverging(), EarlyStopping::new(9));
    let history = model.fit(&data, Fit::new().epochs(6).callback(&mut stop)).unwrap();
    // The training loss of an epoch is that before its update, so the fifth is the best.
    assert_eq!((history.epochs.len(), history.best().unwrap().epoch), (6, 5));
    let after_fifth = 0.8 * 0.6 * 0.2 * -0.6 * -2.2;
    assert_close(&weights(&mut model, "dense_1.weight"), &[1.0 - after_fifth], 1e-5);
}

#[test]
fn a_gain_that_is_too_small_does_not_count() {
    let data = one_hot(&[1.0]);
    let epochs = |least_gain| {
        let mut stop = EarlyStopping::new(3).least_gain(least_gain);
        let fit = Fit::new().epochs(30).validation(&data).callback(&mut stop);
        linear(1, Optimizer::sgd(0.01), 0).fit(&data, fit).unwrap().epochs.len()
    };
    assert_eq!((epochs(0.0), epochs(0.5)), (30, 4));
}
