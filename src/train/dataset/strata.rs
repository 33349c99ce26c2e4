//! The samples of each class.

use std::cmp::Reverse;

use ndarray::Array2;

use super::{Dataset, Targets};
use crate::error::DatasetError;
use crate::random::Stream;

/// The places of each class's samples; classes are in the order of their first sample, so that other numbers for them change nothing.
pub(super) struct Strata(Vec<(u32, Vec<usize>)>);

impl Strata {
    /// By the first target that has labels, or that is one number for each sample, 0 or 1.
    pub(super) fn of(data: &Dataset) -> Result<Self, DatasetError> {
        let labels = data.targets.iter().find_map(|(_, targets)| match targets {
            Targets::Labels(labels) => Some(labels.clone()),
            Targets::Reals(numbers) => binary(numbers),
            Targets::Inputs => None,
        });
        let mut places = std::collections::BTreeMap::<u32, Vec<usize>>::new();
        for (place, label) in labels.ok_or(DatasetError::NoLabels)?.iter().enumerate() {
            places.entry(*label).or_default().push(place);
        }
        let mut strata: Vec<_> = places.into_iter().collect();
        strata.sort_by_key(|(_, places)| places[0]);
        Ok(Self(strata))
    }

    /// Each class with its samples.
    pub(super) fn classes(&self) -> impl Iterator<Item = (u32, &[usize])> {
        self.0.iter().map(|(class, places)| (*class, places.as_slice()))
    }

    /// The samples of each class in random order.
    pub(super) fn shuffled(self, stream: &mut Stream) -> impl Iterator<Item = Vec<usize>> {
        self.0.into_iter().map(|(_, mut places)| {
            stream.shuffle(&mut places);
            places
        })
    }

    /// How many of `wanted` samples each class gets: its share rounded down, and one more for the largest rests. Chance decides
    /// between equal rests.
    pub(super) fn shares(&self, wanted: usize, stream: &mut Stream) -> Vec<usize> {
        let sizes = self.0.iter().map(|(_, places)| places.len() as u128);
        let all: u128 = sizes.clone().sum();
        let products: Vec<_> = sizes.map(|size| size * wanted as u128).collect();
        let mut counts: Vec<_> = products.iter().map(|product| (product / all) as usize).collect();
        let mut order: Vec<_> = (0..counts.len()).collect();
        stream.shuffle(&mut order);
        order.sort_by_key(|class| Reverse(products[*class] % all));
        let rest = wanted - counts.iter().sum::<usize>();
        order.iter().take(rest).for_each(|class| counts[*class] += 1);
        counts
    }
}

/// The classes that numbers are, if there is one for each sample and each is 0 or 1.
fn binary(numbers: &Array2<f32>) -> Option<Vec<u32>> {
    let is_class = |number: &f32| *number == 0.0 || *number == 1.0;
    (numbers.ncols() == 1 && numbers.iter().all(is_class))
        .then(|| numbers.iter().map(|number| *number as u32).collect())
}
