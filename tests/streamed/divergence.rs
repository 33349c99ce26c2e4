//! A training that diverges where its source fails as well: the divergence is told, and undone.

use wgrad::error::NotFinite;
use wgrad::source::Streamed;
use wgrad::{Error, Fit};

use crate::source::{Clouds, Fault, model, streamed};

/// The samples are read once an epoch; to find the step that diverges they are read again, which fails.
#[test]
fn a_failing_read_does_not_hide_divergence() {
    let fit = || Fit::new().epochs(3).batch(10).unshuffled();
    let mut expected = model();
    expected.fit(&streamed(103, 23, 4), fit().epochs(1)).unwrap();
    let clouds = Clouds { samples: 103, fault: Some((5, Fault::Error, 2)), ..Clouds::default() };
    let data = Streamed::new(clouds).unwrap().window(23).block(4);
    let mut model = model();
    let mut training = model.training(&data, fit()).unwrap();
    training.epoch().unwrap();
    training.set_rate(1e38).unwrap();
    let error = training.epoch().unwrap_err();
    drop(training);
    let Error::NotFinite { epoch: 2, batch: 0 | 1, cause: NotFinite::Unexplained { what, why } } = &error
    else {
        panic!("{error}")
    };
    assert!(what.starts_with("the loss is ") && why.contains("the cable is out"), "{error}");
    assert!(model.state().unwrap() == expected.state().unwrap());
}
