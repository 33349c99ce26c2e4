//! A device that answers later, as one in a browser does: the same trainings to the bit, also where futures are dropped midway.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::task::{Context, Poll, Waker};

use pollster::block_on;
use wgrad::backend::{Backend, BackendInfo, Cpu, ProgramId, Reading, Values, Verify};
use wgrad::callback::{Callback, Control, EarlyStopping};
use wgrad::layers::{BatchNorm, Dense, Dropout, Tanh};
use wgrad::metrics::R2;
use wgrad::program::{Batch, Program};
use wgrad::{Error, Fit, Model, Optimizer, Precision, Result, Sequential, Tensor, losses};

use crate::own_loop::data;

/// Polls before an answer.
const POLLS: usize = 2;

/// Answers later, and counts the programs that are there.
struct Later {
    cpu: Cpu<f32>,
    programs: Arc<AtomicIsize>,
    /// What is added to its answers.
    wrong: f32,
}

fn later(programs: &Arc<AtomicIsize>) -> Later {
    Later { cpu: Cpu::with_threads(1).unwrap(), programs: programs.clone(), wrong: 0.0 }
}

fn answer(values: Vec<f32>) -> Reading {
    let mut left = POLLS;
    let waited = poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    });
    Reading::later(async {
        waited.await;
        Ok(values)
    })
}

impl Backend for Later {
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
    fn read(&mut self, _: Tensor) -> Result<Vec<f32>> {
        panic!("something waits for this device")
    }
    fn read_later(&mut self, tensor: Tensor) -> Result<Reading> {
        let values = self.cpu.read(tensor)?;
        Ok(answer(values.into_iter().map(|value| value + self.wrong).collect()))
    }
    fn caught_up(&mut self) -> Result<Reading> {
        Ok(answer(Vec::new()))
    }
}

fn model(backend: impl Backend + 'static, precision: Precision) -> Model {
    let net = Sequential::new([6]).precision(precision).add(Dense::new(5)).add(BatchNorm::new()).add(Tanh);
    let net = net.add(Dropout::new(0.2)).add(Dense::new(6));
    let optimizer = Optimizer::adam(0.01).clip_norm(1.0).average(0.9);
    net.compile(backend, losses::MeanSquaredError, optimizer, 1).unwrap()
}

/// Counts what it hears, freezes a layer, and wants the weights kept.
#[derive(Default)]
struct Listener {
    epochs: Vec<usize>,
}

impl Callback for Listener {
    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        let epoch = control.epoch().unwrap().epoch;
        self.epochs.push(epoch);
        control.keep("listener");
        if epoch == 2 {
            control.freeze("dense_1");
        }
        Ok(())
    }
}

/// Gives up on a future after some polls, if it has not answered then.
fn polled<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..polls {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(value);
        }
    }
    None
}

/// Trains, and gives all that came of it, with the epochs that a callback heard of. Each epoch begins with futures that are dropped after
/// as many polls as `dropped` says.
fn trained(model: &mut Model, dropped: &[usize]) -> (Vec<String>, Vec<usize>, Vec<f32>) {
    let (train, validation) = (data(23), data(7));
    let (mut listener, mut stopping) = (Listener::default(), EarlyStopping::new(5));
    let fit = Fit::new().epochs(4).batch(5).validation(&validation).metric(R2);
    let fit = fit.callback(&mut listener).callback(&mut stopping);
    let mut training = block_on(model.training_async(&train, fit)).unwrap();
    loop {
        for polls in dropped {
            polled(training.epoch_async(), *polls);
        }
        if block_on(training.epoch_async()).unwrap().is_none() {
            break;
        }
    }
    let history = block_on(training.finish_async()).unwrap();
    let told = |epoch: &wgrad::history::Epoch| {
        format!("{} {:?} {:?} {:?}", epoch.epoch, epoch.metrics, epoch.validation, epoch.scores)
    };
    let state = block_on(model.predict_async(train.inputs())).unwrap();
    (history.epochs.iter().map(told).collect(), listener.epochs, state.into_iter().collect())
}

#[test]
fn answers_that_come_later_are_the_same() {
    for precision in [Precision::F32, Precision::F16] {
        let programs = Arc::default();
        let now = trained(&mut model(Cpu::<f32>::with_threads(1).unwrap(), precision), &[]);
        assert_eq!((now.0.len(), &now.1[..]), (4, &[1, 2, 3, 4][..]));
        assert_eq!(trained(&mut model(later(&programs), precision), &[]), now);
    }
}

#[test]
fn a_future_that_is_dropped_leaves_a_training_between_two_batches() {
    let programs = Arc::default();
    let model_of = || model(later(&programs), Precision::F32);
    let whole = trained(&mut model_of(), &[]);
    for polls in 0..60 {
        let (told, epochs, outputs) = trained(&mut model_of(), &[polls]);
        // An epoch that ends in a dropped future is none that the loop sees.
        assert_eq!(
            (&epochs[..], &told, &outputs),
            (&[1, 2, 3, 4][..], &whole.0, &whole.2),
            "after {polls} polls"
        );
    }
    assert_eq!(trained(&mut model_of(), &[3, 1, 7, 2]), whole);
}

#[test]
fn what_is_dropped_leaves_the_weights_and_no_program() {
    let programs: Arc<AtomicIsize> = Arc::default();
    let mut model = model(later(&programs), Precision::F32);
    let samples = data(23);
    block_on(model.fit_async(&samples, Fit::new().epochs(2).batch(5))).unwrap();
    let mut training = block_on(model.training_async(&samples, Fit::new().epochs(9).batch(5))).unwrap();
    block_on(training.epoch_async()).unwrap();
    let (before, there) =
        (block_on(training.model().snapshot_async()).unwrap(), programs.load(Ordering::Relaxed));
    for polls in 0..30 {
        polled(training.evaluate_async(&samples), polls);
        polled(training.model().predict_async(samples.inputs()), polls);
        polled(training.gradient_async("dense_2.weight"), polls);
        assert_eq!(programs.load(Ordering::Relaxed), there, "after {polls} polls");
        assert_eq!(block_on(training.model().snapshot_async()).unwrap(), before, "after {polls} polls");
    }
}

#[test]
fn what_waits_waits_for_answers_that_come_later() {
    let programs = Arc::default();
    let samples = data(23);
    let mut now = model(Cpu::<f32>::with_threads(1).unwrap(), Precision::F32);
    let mut then = model(later(&programs), Precision::F32);
    now.fit(&samples, Fit::new().epochs(2).batch(5)).unwrap();
    then.fit(&samples, Fit::new().epochs(2).batch(5)).unwrap();
    assert_eq!(then.to_bytes().unwrap(), now.to_bytes().unwrap());
    assert_eq!(then.evaluate(&samples).unwrap(), now.evaluate(&samples).unwrap());
    assert_eq!(
        then.find_rate(&samples, 5, [1e-4, 1.0], 12).unwrap(),
        now.find_rate(&samples, 5, [1e-4, 1.0], 12).unwrap()
    );
}

#[test]
fn a_device_that_answers_later_is_held_against_the_reference() {
    let programs = Arc::default();
    let samples = data(23);
    let model_of = |wrong| {
        let device = Later { wrong, ..later(&programs) };
        model(Verify::new(device).unwrap(), Precision::F32)
    };
    let fit = || Fit::new().epochs(1).batch(5);
    assert_eq!(block_on(model_of(0.0).fit_async(&samples, fit())).unwrap().epochs.len(), 1);
    match block_on(model_of(0.5).fit_async(&samples, fit())) {
        Err(Error::Mismatch { device, cpu, .. }) => assert!(device > cpu, "{device}, {cpu}"),
        other => panic!("{other:?}"),
    }
}
