//! A part to train on and a part to test on, with the conventions of scikit-learn's `train_test_split`.

use super::Dataset;
use super::select::shuffled;
use super::strata::Strata;
use crate::error::{DatasetError, Result};
use crate::random::{Purpose, Stream};

impl Dataset {
    /// Splits shuffled samples into a part to train on and a part to test on: `(train, test)`.
    ///
    /// The conventions are those of scikit-learn's `train_test_split` with `test_size`: the test part has the share
    /// `test` of all samples, rounded up, and the other part has the rest.
    ///
    /// ```
    /// use wgrad::{Dataset, Samples};
    ///
    /// let numbers: Vec<f32> = (0..10).map(|number| number as f32).collect();
    /// let data = Dataset::autoencoder(Samples::rows(numbers, 1)?);
    /// let (train, test) = data.split(0.25, 7)?;
    /// assert_eq!((train.len(), test.len()), (7, 3));
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// A share that is not between 0 and 1, or that leaves a part empty; a part of weight 0 alone.
    pub fn split(&self, test: f64, seed: u64) -> Result<(Self, Self)> {
        let count = test_count(self.len(), test)?;
        let order = shuffled(self.len(), seed);
        let (test, train) = order.split_at(count);
        Ok((self.part("train part", train)?, self.part("test part", test)?))
    }

    /// Splits as [`split`](Self::split) does, with as large a share of each class in both parts as whole samples allow.
    ///
    /// The conventions are those of scikit-learn's `train_test_split` with `stratify`: where the shares leave a rest, the
    /// classes with the largest rest get a further sample. Classes are those of the first target that has labels.
    ///
    /// ```
    /// use wgrad::dataset::Targets;
    /// use wgrad::{Dataset, Samples};
    ///
    /// let labels = vec![0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
    /// let numbers: Vec<f32> = (0..12).map(|number| number as f32).collect();
    /// let data = Dataset::classification(Samples::rows(numbers, 1)?, labels)?;
    /// let (_, test) = data.stratified_split(0.25, 7)?;
    /// let Targets::Labels(labels) = test.targets() else { panic!("labels stay labels") };
    /// assert_eq!(labels.iter().filter(|label| **label == 1).count(), 1); // of 3, as 4 are of 12
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// The faults of [`split`](Self::split); no labels; a class of a single sample; a part with fewer samples than classes.
    pub fn stratified_split(&self, test: f64, seed: u64) -> Result<(Self, Self)> {
        let test_count = test_count(self.len(), test)?;
        let strata = Strata::of(self)?;
        check_parts(&strata, self.len(), test_count)?;
        let mut stream = Stream::new(seed, Purpose::Splitting);
        let train_counts = strata.shares(self.len() - test_count, &mut stream);
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (mut places, count) in strata.shuffled(&mut stream).zip(train_counts) {
            test.extend(places.split_off(count));
            train.extend(places);
        }
        stream.shuffle(&mut train);
        stream.shuffle(&mut test);
        Ok((self.part("train part", &train)?, self.part("test part", &test)?))
    }
}

/// How many samples the test part gets.
fn test_count(samples: usize, share: f64) -> Result<usize, DatasetError> {
    if !(share > 0.0 && share < 1.0) {
        return Err(DatasetError::Share { share });
    }
    let test = (share * samples as f64).ceil() as usize;
    if test < samples { Ok(test) } else { Err(DatasetError::NoTraining { share, samples }) }
}

/// An error unless each class can be in both parts.
fn check_parts(strata: &Strata, samples: usize, test: usize) -> Result<(), DatasetError> {
    if let Some((class, places)) = strata.classes().find(|(_, places)| places.len() < 2) {
        return Err(DatasetError::Class { class, samples: places.len(), needed: 2 });
    }
    let classes = strata.classes().count();
    match [("train", samples - test), ("test", test)].into_iter().find(|(_, samples)| *samples < classes) {
        Some((part, samples)) => Err(DatasetError::Part { part, samples, classes }),
        None => Ok(()),
    }
}
