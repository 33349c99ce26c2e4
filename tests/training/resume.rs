//! A training that was left and resumed gives, bit for bit, the weights of one without a break.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu};
use wgrad::callback::{BatchProgress, Callback, Control, EarlyStopping};
use wgrad::layers::{Dense, Dropout, Relu};
use wgrad::model::Snapshot;
use wgrad::random::Stream;
use wgrad::{
    Dataset, Error, FileFault, Fit, Model, Optimizer, Result, Samples, Schedule, Sequential, losses,
};

use crate::support::{bindings, gpu};

pub const SAMPLES: usize = 150;
const EPOCHS: usize = 10;

pub fn data(seed: u64, samples: usize) -> Dataset {
    let mut stream = Stream::numbered(seed, 9);
    let values = Array2::from_shape_fn((samples, 6), |_| stream.uniform(-1.0, 1.0) as f32);
    let label =
        |row: ndarray::ArrayView1<'_, f32>| u32::from(row[0] * row[1] > 0.1) + u32::from(row[2] > 0.5);
    let labels = values.outer_iter().map(label).collect();
    Dataset::classification(Samples::reals(values.view()).unwrap(), labels).unwrap()
}

pub fn model(backend: impl Backend + 'static, optimizer: Optimizer) -> Model {
    let net = Sequential::new([6]).add(Dense::new(16)).add(Relu).add(Dropout::new(0.2)).add(Dense::new(3));
    net.compile(backend, losses::SoftmaxCrossEntropy::new(), optimizer, 11).unwrap()
}

pub fn cpu() -> Box<dyn Backend> {
    Box::new(Cpu::<f32>::with_threads(1).unwrap())
}

/// Interrupts after a number of calls; each is of up to 32 batches.
pub struct After<'a> {
    pub calls: usize,
    pub flag: &'a AtomicBool,
}

impl Callback for After<'_> {
    fn on_batches(&mut self, _: &BatchProgress) {
        self.calls = self.calls.saturating_sub(1);
        self.flag.store(self.calls == 0, Ordering::Relaxed);
    }
}

/// What a training comes to: the weights of the last epoch, of the best one, and all figures but the times.
#[derive(Debug, PartialEq)]
struct Outcome {
    last: Snapshot,
    best: Snapshot,
    epochs: Vec<String>,
}

struct Setting {
    optimizer: Optimizer,
    batch: usize,
    patience: usize,
}

impl Setting {
    fn fit<'a>(&self, test: &'a Dataset, path: &Path, resume: bool) -> Fit<'a> {
        let fit = Fit::new().epochs(EPOCHS).batch(self.batch).validation(test).checkpoint(path, None);
        if resume { fit.resume(path) } else { fit }
    }
}

/// Trains to the end, leaving after each of these numbers of calls.
fn train(
    new: &dyn Fn() -> Option<Box<dyn Backend>>,
    setting: &Setting,
    path: &Path,
    leave: &[usize],
) -> Option<Outcome> {
    let (train, test) = (data(1, SAMPLES), data(2, 40));
    for (number, calls) in leave.iter().enumerate() {
        let flag = AtomicBool::new(false);
        let (mut after, mut stop) =
            (After { calls: *calls, flag: &flag }, EarlyStopping::new(setting.patience));
        let fit =
            setting.fit(&test, path, number > 0).interrupt(&flag).callback(&mut after).callback(&mut stop);
        let error = model(new()?, setting.optimizer.clone()).fit(&train, fit).unwrap_err();
        assert!(matches!(error, Error::Interrupted { checkpoint: Some(_), .. }), "{error}");
    }
    let mut stop = EarlyStopping::new(setting.patience);
    let mut model = model(new()?, setting.optimizer.clone());
    let mut training =
        model.training(&train, setting.fit(&test, path, !leave.is_empty()).callback(&mut stop)).unwrap();
    while training.epoch().unwrap().is_some() {}
    let last = training.model().snapshot().unwrap();
    let history = training.finish().unwrap();
    let figures = history
        .epochs
        .iter()
        .map(|epoch| format!("{} {:?} {:?} {}", epoch.epoch, epoch.metrics, epoch.validation, epoch.rate));
    Some(Outcome { last, best: model.snapshot().unwrap(), epochs: figures.collect() })
}

fn settings() -> Vec<Setting> {
    let of = |optimizer, batch, patience| Setting { optimizer, batch, patience };
    vec![
        of(Optimizer::sgd(0.1), 7, EPOCHS),
        of(Optimizer::momentum(0.05, 0.9).schedule(Schedule::Step { epochs: 3, factor: 0.5 }), 4, EPOCHS),
        of(Optimizer::nesterov(0.05, 0.9).clip_norm(0.5), 7, EPOCHS),
        of(Optimizer::rms_prop(0.003).schedule(Schedule::Cosine { floor: 0.1 }), 4, EPOCHS),
        of(Optimizer::ada_grad(0.03).clip_value(0.1), 7, EPOCHS),
        of(
            Optimizer::lion(0.003).schedule(Schedule::OneCycle { rising: 0.3, first: 0.1, last: 0.0 }),
            4,
            EPOCHS,
        ),
        of(Optimizer::adamax(0.01), 7, EPOCHS),
        of(Optimizer::nadam(0.01).schedule(Schedule::Polynomial { power: 2.0, floor: 0.1 }), 4, EPOCHS),
        of(Optimizer::adam(0.01).schedule(Schedule::Warmup { epochs: 2 }), 7, 2),
        of(Optimizer::adam_w(0.01, 0.1).schedule(Schedule::WarmupCosine { epochs: 6, floor: 0.0 }), 4, 2),
    ]
}

/// Leaves after five epochs, and in the middle of others: with each setting in `ways` of three ways.
fn check(settings: &[Setting], ways: usize, new: &dyn Fn() -> Option<Box<dyn Backend>>) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    for (number, setting) in settings.iter().enumerate() {
        // An epoch is of one call where batches are of 7, and of two where they are of 4.
        let calls = if setting.batch == 4 { 2 } else { 1 };
        let Some(whole) = train(new, setting, &path, &[]) else { return };
        let all = [vec![5 * calls], vec![1, 2, 1], vec![3 * calls, 1, calls]];
        for leave in all.into_iter().cycle().skip(number).take(ways) {
            let parts = train(new, setting, &path, &leave).unwrap();
            assert_eq!(parts, whole, "{:?}, left after {leave:?}", setting.optimizer.clone());
        }
    }
}

#[test]
fn on_the_cpu() {
    check(&settings(), 3, &|| Some(cpu()));
}

#[test]
fn on_the_gpu() {
    // Rules of two moments, at the end of the list, bind five buffers.
    let settings = settings();
    let most = if bindings() < 5 { 6 } else { settings.len() };
    check(&settings[..most], 1, &|| Some(Box::new(gpu()?)));
}

#[test]
fn a_training_that_stopped_early_is_over_until_more_patience_is_given() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let (train, test) = (data(1, SAMPLES), data(2, 40));
    let run = |patience: usize, resume: bool| {
        let mut stop = EarlyStopping::new(patience);
        let fit = Fit::new().epochs(30).batch(4).validation(&test).checkpoint(&path, 1).callback(&mut stop);
        let fit = if resume { fit.resume(&path) } else { fit };
        let mut model = model(cpu(), Optimizer::adam(0.05));
        let epochs = model.fit(&train, fit).unwrap().epochs.len();
        (epochs, model.snapshot().unwrap())
    };
    let first = run(1, false);
    assert!(first.0 < 20, "{}", first.0);
    assert_eq!(run(1, true), first);
    assert_eq!(run(4, true), run(4, false));
}

#[test]
fn without_patience_too_a_first_epoch_that_was_left_goes_on() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let setting = Setting { optimizer: Optimizer::adam(0.01), batch: 4, patience: 0 };
    let new = || Some(cpu());
    let whole = train(&new, &setting, &path, &[]).unwrap();
    assert_eq!(whole.epochs.len(), 1);
    assert_eq!(train(&new, &setting, &path, &[1]).unwrap(), whole);
}

/// Fails after an epoch, as a line does that cannot be printed.
struct Deaf(usize);

impl Callback for Deaf {
    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        match control.history().epochs.len() == self.0 {
            true => Err(Error::Output { source: std::io::ErrorKind::BrokenPipe.into() }),
            false => Ok(()),
        }
    }
}

#[test]
fn a_callback_that_fails_leaves_a_checkpoint_to_go_on_from() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let (train, test) = (data(1, SAMPLES), data(2, 40));
    let setting = Setting { optimizer: Optimizer::adam(0.01), batch: 4, patience: 3 };
    let run = |deaf: usize, resume: bool| {
        let (mut deaf, mut stop) = (Deaf(deaf), EarlyStopping::new(setting.patience));
        let fit = setting.fit(&test, &path, resume).callback(&mut deaf).callback(&mut stop);
        let mut model = model(cpu(), setting.optimizer.clone());
        let outcome = model.fit(&train, fit).map(|history| history.epochs.len());
        (outcome, model.snapshot().unwrap())
    };
    let (whole, weights) = run(0, false);
    let error = run(3, false).0.unwrap_err();
    assert!(error.to_string().starts_with("cannot write to standard output: "), "{error}");
    let (resumed, weights_again) = run(0, true);
    assert_eq!((whole.unwrap(), weights), (resumed.unwrap(), weights_again));
}

#[test]
fn a_training_that_is_at_its_end_is_not_interrupted() {
    let flag = AtomicBool::new(false);
    // Five epochs of one call each.
    let mut after = After { calls: 5, flag: &flag };
    let fit = Fit::new().epochs(5).batch(10).interrupt(&flag).callback(&mut after);
    let history = model(cpu(), Optimizer::adam(0.01)).fit(&data(1, SAMPLES), fit).unwrap();
    assert!(flag.load(Ordering::Relaxed) && history.epochs.len() == 5);
}

#[test]
fn a_training_that_needed_no_more_epochs_has_no_time_left() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let train = data(1, SAMPLES);
    let fit = |epochs: usize| Fit::new().epochs(epochs).batch(10);
    model(cpu(), Optimizer::adam(0.01)).fit(&train, fit(4).checkpoint(&path, 4)).unwrap();
    let history = model(cpu(), Optimizer::adam(0.01)).fit(&train, fit(2).resume(&path)).unwrap();
    assert_eq!((history.epochs.len(), history.seconds_left()), (4, 0.0));
}

#[test]
fn more_epochs_are_welcome_where_the_schedule_does_not_count_them() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let train = data(1, SAMPLES);
    let run = |epochs: usize, resume: bool| {
        let fit = Fit::new().epochs(epochs).batch(10).checkpoint(&path, 2);
        let mut model = model(cpu(), Optimizer::adam(0.01));
        let history = model.fit(&train, if resume { fit.resume(&path) } else { fit }).unwrap();
        (history.epochs.len(), model.snapshot().unwrap())
    };
    run(5, false);
    assert_eq!(run(9, true), run(9, false));
}

#[test]
fn a_model_is_no_training_and_a_checkpoint_is_a_model() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let train = data(1, SAMPLES);
    let mut saved = model(cpu(), Optimizer::adam(0.01));
    saved.save(&path).unwrap();
    let error = saved.fit(&train, Fit::new().resume(&path)).unwrap_err();
    assert!(matches!(error, Error::File { fault: FileFault::NoTraining, .. }), "{error}");
    saved.fit(&train, Fit::new().epochs(1).checkpoint(&path, 1)).unwrap();
    let mut loaded = Model::load(&path, cpu()).unwrap();
    assert_eq!(loaded.snapshot().unwrap(), saved.snapshot().unwrap());
    loaded.load_weights(&path).unwrap();
}
