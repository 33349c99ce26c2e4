//! Which samples come together, and how often.

use std::ops::Range;

use wgrad::source::{ReadError, Source, Streamed};
use wgrad::{Dataset, Fit, Samples};

use crate::source::{Clouds, model, streamed};

#[test]
fn each_epoch_reads_every_sample_once_in_another_order() {
    let clouds = Clouds { samples: 103, ..Clouds::default() };
    let reads = clouds.reads.clone();
    let data = Streamed::new(clouds).unwrap().window(23).block(4);
    model().fit(&data, Fit::new().epochs(2).batch(10)).unwrap();
    let reads = reads.lock().unwrap()[1..].to_vec();
    let (first, second) = reads.split_at(
        reads
            .iter()
            .scan(0, |sum, read| {
                *sum += read.len();
                Some(*sum)
            })
            .position(|sum| sum == 103)
            .unwrap()
            + 1,
    );
    for epoch in [first, second] {
        let mut seen: Vec<usize> = epoch.iter().cloned().flatten().collect();
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..103));
    }
    assert_ne!(first, second);
}

/// 6,400 samples that are sorted by class.
struct Sorted(std::sync::mpsc::Sender<Vec<u32>>);

impl Source for Sorted {
    fn len(&self) -> usize {
        6_400
    }

    fn read(&mut self, samples: Range<usize>) -> Result<Dataset, ReadError> {
        let labels: Vec<u32> = samples.map(|sample| (sample / 2_134) as u32).collect();
        let _ = self.0.send(labels.clone());
        Ok(Dataset::classification(Samples::rows(vec![0.5; labels.len() * 6], 6)?, labels)?)
    }
}

/// The documented quality: a window of sorted samples has its classes from 64 random places.
#[test]
fn a_window_of_sorted_samples_has_all_classes() {
    let (sender, reads) = std::sync::mpsc::channel();
    let data = Streamed::new(Sorted(sender)).unwrap().window(1_280).block(20);
    model().fit(&data, Fit::new().epochs(4).batch(128)).unwrap();
    drop(data);
    let labels: Vec<u32> = reads.iter().skip(1).flatten().collect();
    assert_eq!(labels.len(), 4 * 6_400);
    for window in labels.chunks(1_280) {
        for class in 0..3 {
            let share = window.iter().filter(|label| **label == class).count() as f64 / 1_280.0;
            // A third of 64 draws, and four deviations of 0.059 at most.
            assert!((share - 1.0 / 3.0).abs() < 4.0 * 0.059, "class {class}: {share}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_bits() {
    let data = streamed(103, 23, 4);
    let mut models = [model(), model()];
    let states = models.each_mut().map(|model| {
        model.fit(&data, Fit::new().epochs(3).batch(10)).unwrap();
        model.state().unwrap()
    });
    assert_eq!(states[0], states[1]);
}
