//! Nobody waits for samples that nobody wants: a training that ends or is interrupted waits for one read at most.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::tempdir;
use wgrad::source::{ReadError, Source, Streamed};
use wgrad::{Dataset, Error, Fit};

use crate::source::{Clouds, Reads, model, streamed};

/// Blocks of a window.
const BLOCKS: usize = 10;

/// Takes its time, and sets the flag of an interruption where this sample is read.
struct Slow {
    clouds: Clouds,
    interrupts: Option<(usize, Arc<AtomicBool>)>,
}

impl Source for Slow {
    fn len(&self) -> usize {
        self.clouds.len()
    }

    fn read(&mut self, samples: Range<usize>) -> Result<Dataset, ReadError> {
        if let Some((at, flag)) = &self.interrupts {
            flag.fetch_or(samples.contains(at), Ordering::Relaxed);
        }
        if samples.len() > 1 {
            std::thread::sleep(Duration::from_millis(100));
        }
        self.clouds.read(samples)
    }
}

/// 103 samples in windows of 40, each read in up to 10 calls.
fn slow(interrupts: Option<(usize, Arc<AtomicBool>)>) -> (Streamed, Reads) {
    let clouds = Clouds { samples: 103, ..Clouds::default() };
    let reads = clouds.reads.clone();
    (Streamed::new(Slow { clouds, interrupts }).unwrap().window(40).block(40 / BLOCKS), reads)
}

fn count(reads: &Reads) -> usize {
    reads.lock().unwrap().len()
}

#[test]
fn a_training_that_is_dropped_waits_for_one_read() {
    let (data, reads) = slow(None);
    let mut model = model();
    let mut training = model.training(&data, Fit::new().epochs(1).batch(10)).unwrap();
    training.step().unwrap();
    let before = count(&reads);
    drop(training);
    assert!(count(&reads) <= before + BLOCKS / 3, "{before} reads, then {}", count(&reads));
}

/// The flag is set while the first window is read.
#[test]
fn an_interruption_is_heeded_while_samples_are_read() {
    let fit = || Fit::new().epochs(2).batch(10);
    let mut whole = model();
    whole.fit(&streamed(103, 40, 4), fit()).unwrap();
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    // The second block that the seed draws is read by the second call.
    let (probe, reads) = slow(None);
    let mut other = model();
    let mut training = other.training(&probe, fit()).unwrap();
    training.step().unwrap();
    drop(training);
    let second = reads.lock().unwrap()[2].start;
    let flag = Arc::new(AtomicBool::new(false));
    let (data, reads) = slow(Some((second, flag.clone())));
    let error = model().fit(&data, fit().checkpoint(&path, None).interrupt(&flag)).unwrap_err();
    let Error::Interrupted { epoch: 1, batches: 0, checkpoint: Some(_) } = error else { panic!("{error}") };
    assert!(count(&reads) <= 3 + BLOCKS / 3, "{} reads", count(&reads));
    let mut second = model();
    second.fit(&streamed(103, 40, 4), fit().resume(&path)).unwrap();
    assert!(second.state().unwrap() == whole.state().unwrap());
}

/// An epoch whose validation is interrupted goes on with the validation.
#[test]
fn an_interruption_is_heeded_while_validation_samples_are_read() {
    let (data, validation) = (streamed(103, 40, 4), streamed(103, 40, 4));
    let fit = || Fit::new().epochs(2).batch(10);
    let mut whole = model();
    let expected = whole.fit(&data, fit().validation(&validation)).unwrap();
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let flag = Arc::new(AtomicBool::new(false));
    let (slow, _) = slow(Some((1, flag.clone())));
    let fit_slowly = fit().validation(&slow).checkpoint(&path, None).interrupt(&flag);
    let error = model().fit(&data, fit_slowly).unwrap_err();
    let Error::Interrupted { epoch: 1, batches: 11, checkpoint: Some(_) } = error else { panic!("{error}") };
    let mut second = model();
    let history = second.fit(&data, fit().validation(&validation).resume(&path)).unwrap();
    assert!(second.state().unwrap() == whole.state().unwrap());
    assert_eq!(history.epochs[0].validation, expected.epochs[0].validation);
}
