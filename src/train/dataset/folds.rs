//! Cross-validation, with the conventions of scikit-learn's `KFold` and `StratifiedKFold`.

use super::Dataset;
use super::select::shuffled;
use super::strata::Strata;
use crate::error::{DatasetError, Result};
use crate::random::{Purpose, Stream};

impl Dataset {
    /// Gives each of `k` parts in turn for validation, and the others to train on: `(train, validation)`.
    ///
    /// The conventions are those of scikit-learn's `KFold` with `shuffle`: where `k` does not divide the number of samples,
    /// the first parts have one sample more, and within a part samples stay in the dataset's order. A pair is made when
    /// the iterator comes to it.
    ///
    /// ```
    /// use wgrad::{Dataset, Samples};
    ///
    /// let data = Dataset::autoencoder(Samples::rows([0.0, 1.0, 2.0, 3.0, 4.0], 1)?);
    /// let sizes: Vec<_> = data.k_folds(2, 7)?.map(|(train, validation)| (train.len(), validation.len())).collect();
    /// assert_eq!(sizes, [(2, 3), (3, 2)]);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// Fewer than two folds, or more folds than samples; a part of weight 0 alone.
    pub fn k_folds(&self, k: usize, seed: u64) -> Result<impl ExactSizeIterator<Item = (Self, Self)>> {
        let samples = self.len();
        check_folds(k, samples)?;
        let mut folds = vec![0; samples];
        for (at, place) in shuffled(samples, seed).into_iter().enumerate() {
            folds[place] = fold_of(at, samples, k);
        }
        Ok(self.pairs_of(folds, k)?)
    }

    /// Folds as those of [`k_folds`](Self::k_folds), each with as large a share of each class as whole samples allow.
    ///
    /// The conventions are those of scikit-learn's `StratifiedKFold` with `shuffle`. Classes are those of the first target
    /// that has labels. Where a class has fewer samples than `k`, some folds have none of it, and the log has a warning.
    ///
    /// ```
    /// use wgrad::{Dataset, Samples};
    ///
    /// let data = Dataset::classification(Samples::rows([0.0, 0.5, 1.0, 1.5], 1)?, vec![0, 0, 1, 1])?;
    /// for (train, validation) in data.stratified_k_folds(2, 7)? {
    ///     assert_eq!((train.len(), validation.len()), (2, 2)); // one of each class
    /// }
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// The faults of [`k_folds`](Self::k_folds); no labels; more folds than the largest class has samples.
    pub fn stratified_k_folds(
        &self,
        k: usize,
        seed: u64,
    ) -> Result<impl ExactSizeIterator<Item = (Self, Self)>> {
        check_folds(k, self.len())?;
        let strata = Strata::of(self)?;
        check_classes(&strata, k)?;
        let mut stream = Stream::new(seed, Purpose::Splitting);
        let mut folds = vec![0; self.len()];
        // Dealt out class after class, so that neither classes nor folds differ by more than one.
        for (at, place) in strata.shuffled(&mut stream).flatten().enumerate() {
            folds[place] = at % k;
        }
        Ok(self.pairs_of(folds, k)?)
    }

    /// Each fold and the others, by the fold of each sample.
    fn pairs_of(
        &self,
        folds: Vec<usize>,
        k: usize,
    ) -> Result<impl ExactSizeIterator<Item = (Self, Self)>, DatasetError> {
        let parts =
            move |fold| -> (Vec<_>, Vec<_>) { (0..folds.len()).partition(|place| folds[*place] == fold) };
        if self.weights.is_some() {
            for (validation, train) in (0..k).map(&parts) {
                self.check_weights("validation part", validation.into_iter())?;
                self.check_weights("train part", train.into_iter())?;
            }
        }
        Ok((0..k).map(move |fold| {
            let (validation, train) = parts(fold);
            (self.at(&train), self.at(&validation))
        }))
    }
}

/// The fold of place `at` in the shuffled order; the first folds have one sample more.
fn fold_of(at: usize, samples: usize, k: usize) -> usize {
    let (size, larger) = (samples / k, samples % k);
    let in_larger = larger * (size + 1);
    if at < in_larger { at / (size + 1) } else { larger + (at - in_larger) / size }
}

fn check_folds(folds: usize, samples: usize) -> Result<(), DatasetError> {
    if (2..=samples).contains(&folds) { Ok(()) } else { Err(DatasetError::Folds { folds, samples }) }
}

/// An error where no class is in every fold, and a warning where some class is not.
fn check_classes(strata: &Strata, folds: usize) -> Result<(), DatasetError> {
    let sizes = || strata.classes().map(|(class, places)| (class, places.len()));
    if let Some((class, samples)) = sizes().max_by_key(|(_, samples)| *samples)
        && samples < folds
    {
        return Err(DatasetError::FoldClasses { folds, class, samples });
    }
    if let Some((class, samples)) = sizes().find(|(_, samples)| *samples < folds) {
        log::warn!("class {class} has {samples} samples, so some of the {folds} folds have none of it");
    }
    Ok(())
}
