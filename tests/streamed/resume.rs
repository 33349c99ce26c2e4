//! A training on a source that was left and resumed gives, bit for bit, the weights of one without a break.

use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::tempdir;
use wgrad::callback::{BatchProgress, Callback};
use wgrad::source::{Feed, Streamed};
use wgrad::{Error, FileFault, Fit};

use crate::source::{Clouds, dataset, model, streamed};

/// Interrupts after some calls.
struct After<'a>(usize, &'a AtomicBool);

impl Callback for After<'_> {
    fn on_batches(&mut self, _: &BatchProgress) {
        self.0 = self.0.saturating_sub(1);
        self.1.store(self.0 == 0, Ordering::Relaxed);
    }
}

fn fit<'a>() -> Fit<'a> {
    Fit::new().epochs(3).batch(10)
}

/// Left within windows, between windows, and between epochs.
#[test]
fn every_place_is_one_to_go_on_from() {
    let data = streamed(103, 40, 4);
    let mut whole = model();
    let expected = whole.fit(&data, fit()).unwrap();
    let state = whole.state().unwrap();
    for steps in 1..32 {
        let folder = tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let (flag, mut first) = (AtomicBool::new(false), model());
        let mut after = After(steps, &flag);
        let mut training = first
            .training(&data, fit().checkpoint(&path, None).interrupt(&flag).callback(&mut after))
            .unwrap();
        let error = loop {
            match training.step() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it was not interrupted"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Interrupted { checkpoint: Some(_), .. }), "{error}");
        drop(training);
        let mut second = model();
        let history = second.fit(&data, fit().checkpoint(&path, None).resume(&path)).unwrap();
        assert!(second.state().unwrap() == state, "after {steps} steps");
        for (epoch, there) in history.epochs.iter().zip(&expected.epochs) {
            assert_eq!(epoch.metrics, there.metrics, "after {steps} steps");
        }
    }
}

#[test]
fn other_windows_or_samples_are_another_training() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let fit = || Fit::new().epochs(1).batch(10).checkpoint(&path, None);
    let flag = AtomicBool::new(true);
    let error = model().fit(&streamed(103, 40, 4), fit().interrupt(&flag)).unwrap_err();
    assert!(matches!(error, Error::Interrupted { .. }), "{error}");
    let renewed = Clouds { samples: 103, identity: 1, ..Clouds::default() };
    let renewed = Streamed::new(renewed).unwrap().window(40).block(4);
    let (whole, [wide, coarse, more]) = (
        dataset(0..103),
        [(103, 50, 4), (103, 40, 5), (104, 40, 4)]
            .map(|(samples, window, block)| streamed(samples, window, block)),
    );
    let others: [(Feed<'_>, &str); 5] = [
        (Feed::from(&wide), "training.window is 40 in the file, and 50 here"),
        (Feed::from(&coarse), "training.block is 4 in the file, and 5 here"),
        (Feed::from(&more), "training.samples is 103 in the file, and 104 here"),
        (Feed::from(&renewed), "here"),
        (Feed::from(&whole), "training.block is 4 in the file, and unset (all samples are one window) here"),
    ];
    for (other, said) in others {
        let error = model().fit(other, fit().resume(&path)).unwrap_err();
        assert!(matches!(error, Error::File { fault: FileFault::Differs { .. }, .. }), "{error}");
        assert!(error.to_string().contains(said), "{error}");
        let of_sources = error.to_string().matches("of a source of identity").count();
        assert_eq!(of_sources, if said == "here" { 2 } else { 0 }, "{error}");
    }
}
