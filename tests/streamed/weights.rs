//! A part of a source may have the weight 0 throughout, which of a whole dataset would leave nothing to learn.

use std::ops::Range;

use wgrad::source::{ReadError, Source, Streamed};
use wgrad::{Dataset, Fit};

use crate::source::{dataset, model};

/// The first 10 samples of 20 have the weight 0.
struct Weighted;

fn weighted(samples: Range<usize>) -> wgrad::Result<Dataset> {
    let weights: Vec<f32> = samples.clone().map(|sample| f32::from(u8::from(sample % 20 >= 10))).collect();
    dataset(samples).with_weights(weights)
}

impl Source for Weighted {
    fn len(&self) -> usize {
        103
    }

    fn read(&mut self, samples: Range<usize>) -> Result<Dataset, ReadError> {
        Ok(weighted(samples)?)
    }
}

#[test]
fn parts_of_weight_0_are_welcome() {
    let fit = || Fit::new().epochs(2).batch(5).unshuffled();
    let (mut one, mut other) = (model(), model());
    one.fit(&weighted(0..103).unwrap(), fit()).unwrap();
    // The first sample, and a window of two, have the weight 0.
    let data = Streamed::new(Weighted).unwrap().window(10).block(5);
    other.fit(&data, fit()).unwrap();
    assert!(one.state().unwrap() == other.state().unwrap());
    assert_eq!(one.evaluate(&data).unwrap().accuracy, other.evaluate(&data).unwrap().accuracy);
    other.fit(&data, fit().unshuffled().validation(&data)).unwrap();
}

#[test]
fn a_whole_dataset_of_weight_0_teaches_nothing() {
    let nothing = dataset(0..9).with_weights([0.0; 9]).unwrap();
    let said = "every weight is 0, so there is nothing to learn from; give a sample a positive weight";
    assert_eq!(model().fit(&nothing, Fit::new()).unwrap_err().to_string(), said);
    assert_eq!(model().evaluate(&nothing).unwrap_err().to_string(), said);
    let data = dataset(0..20);
    let error = model().fit(&data, Fit::new().validation(&nothing)).unwrap_err();
    assert_eq!(error.to_string(), said);
}
