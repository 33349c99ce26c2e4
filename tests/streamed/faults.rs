//! What a source can do wrong: the error names the samples, and nothing is lost.

use tempfile::tempdir;
use wgrad::error::NotFinite;
use wgrad::model::ModelState;
use wgrad::source::{Reading, SourceFault, Streamed};
use wgrad::{Error, Fit};

use crate::source::{Clouds, Fault, model};

fn faulty(at: usize, fault: Fault, before: usize) -> Streamed {
    let clouds = Clouds { samples: 103, fault: Some((at, fault, before)), ..Clouds::default() };
    Streamed::new(clouds).unwrap().window(23).block(4)
}

fn fit<'a>() -> Fit<'a> {
    Fit::new().epochs(3).batch(10)
}

fn without_a_break() -> ModelState {
    let mut model = model();
    model.fit(&crate::source::streamed(103, 23, 4), fit()).unwrap();
    model.state().unwrap()
}

/// Wherever a read fails, the training goes on from its checkpoint as if nothing had happened.
#[test]
fn a_failing_read_leaves_a_checkpoint() {
    let expected = without_a_break();
    for at in [1, 50, 99] {
        for before in 0..3 {
            let folder = tempdir().unwrap();
            let path = folder.path().join("checkpoint.safetensors");
            let mut first = model();
            let error =
                first.fit(&faulty(at, Fault::Error, before), fit().checkpoint(&path, None)).unwrap_err();
            let Error::Source {
                samples,
                fault: SourceFault::Read(why),
                during: Reading::Training,
                checkpoint,
            } = &error
            else {
                panic!("{error}")
            };
            assert!(samples.contains(&at) && samples.len() <= 8, "{samples:?}");
            assert_eq!((why.to_string().as_str(), checkpoint.as_deref()), ("the cable is out", Some(&*path)));
            let said = format!(
                "samples {}..{} of the source: the cable is out; resume from ",
                samples.start, samples.end
            );
            assert!(error.to_string().starts_with(&said), "{error}");
            let mut second = model();
            let history = second
                .fit(&crate::source::streamed(103, 23, 4), fit().checkpoint(&path, None).resume(&path))
                .unwrap();
            assert_eq!(history.epochs.len(), 3);
            assert!(second.state().unwrap() == expected, "sample {at} after {before} reads");
        }
    }
}

#[test]
fn what_a_source_gives_is_checked() {
    for fault in [Fault::Panic, Fault::Fewer, Fault::OtherWidth, Fault::BadLabel, Fault::NotFinite] {
        let error = model().fit(&faulty(50, fault, 0), fit()).unwrap_err();
        let Error::Source { samples, fault: found, during: Reading::Training, checkpoint: None } = &error
        else {
            panic!("{error}")
        };
        assert!(samples.contains(&50));
        let right = match fault {
            Fault::Panic => {
                matches!(found, SourceFault::Panicked { message: Some(text) } if text == "a bug in the source")
            }
            Fault::Fewer => matches!(found, SourceFault::Count { given } if *given + 1 == samples.len()),
            Fault::OtherWidth => {
                let said = "the inputs are of shape 6, and these samples' are of shape 5";
                matches!(found, SourceFault::Unlike(_)) && error.to_string().contains(said)
            }
            Fault::BadLabel => {
                let said = format!("sample {} has label 7 among 3 outputs", samples.end - 1);
                matches!(found, SourceFault::Model(error) if error.to_string().contains(&said))
            }
            _ => {
                matches!(found, SourceFault::Read(error) if error.to_string().contains("NaN"))
                    && error
                        .to_string()
                        .contains("clean the data first; samples are counted from the first of these")
            }
        };
        assert!(right, "{fault:?}: {error}");
        // The text has the cause.
        assert!(std::error::Error::source(&error).is_none());
        assert!(
            error.to_string().ends_with("with Fit::checkpoint a training can be resumed from here"),
            "{error}"
        );
    }
}

#[test]
fn a_source_must_have_a_first_sample() {
    let error = Streamed::new(Clouds::default()).unwrap_err();
    assert!(matches!(&error, Error::Samples { why } if why.contains("no samples")), "{error}");
    let clouds = Clouds { samples: 5, fault: Some((0, Fault::Error, 0)), ..Clouds::default() };
    let error = Streamed::new(clouds).unwrap_err();
    assert!(matches!(&error, Error::Source { samples, .. } if *samples == (0..1)), "{error}");
    assert_eq!(error.to_string(), "samples 0..1 of the source: the cable is out");
    let error = model().fit(&crate::source::streamed(9, 0, 1), fit()).unwrap_err();
    assert!(matches!(&error, Error::Setting { why } if why.contains("windows of 0")), "{error}");
}

/// A loss that is not finite ends the training at the end of its window, and the model gets the weights of the epoch before.
#[test]
fn divergence_in_a_window_is_explained_and_undone() {
    let mut expected = model();
    expected.fit(&crate::source::streamed(103, 23, 4), fit().epochs(1).unshuffled()).unwrap();
    let (data, mut model) = (crate::source::streamed(103, 23, 4), model());
    let mut training = model.training(&data, fit().unshuffled()).unwrap();
    training.epoch().unwrap();
    for _ in 0..4 {
        training.step().unwrap();
    }
    // The third window of epoch 2: batches 4 and 5.
    training.set_rate(1e38).unwrap();
    let error = training.epoch().unwrap_err();
    drop(training);
    let Error::NotFinite { epoch: 2, batch: 4 | 5, cause: NotFinite::Step { .. } } = &error else {
        panic!("{error}")
    };
    assert!(model.state().unwrap() == expected.state().unwrap());
}
