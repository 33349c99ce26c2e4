//! The batches of an epoch.

use std::ops::Range;

use crate::program::Batch;
use crate::train::source::Windows;

/// The batches of an epoch over a dataset, in windows; each begins at its place in its window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batches {
    windows: Windows,
    /// Samples of a batch; the last of a window may have fewer.
    capacity: usize,
    /// Batches of an epoch.
    count: usize,
    /// Batches of a window that is not the last.
    of_a_window: usize,
}

impl Batches {
    pub(super) fn new(windows: Windows, capacity: usize) -> Self {
        let (last, of_a_window) = (windows.count() - 1, windows.room().div_ceil(capacity));
        let count = last * of_a_window + windows.len_of(last).div_ceil(capacity);
        Self { windows, capacity, count, of_a_window }
    }

    /// How many there are; at least one.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The window of a batch.
    pub(super) fn window_of(&self, number: usize) -> usize {
        // A step of a small net takes less than a division for each question.
        if number < self.of_a_window { 0 } else { number / self.of_a_window }
    }

    /// The numbers of a window's batches.
    pub(super) fn of(&self, window: usize) -> Range<usize> {
        let first = window * self.of_a_window;
        first..self.count.min(first + self.of_a_window)
    }

    pub(super) fn get(&self, number: usize) -> Batch {
        let window = self.window_of(number);
        let first = (number - self.of(window).start) * self.capacity;
        let rows = self.capacity.min(self.windows.len_of(window) - first);
        Batch { first: first as u32, ..Batch::of(rows) }
    }

    /// Samples of an epoch before a batch.
    pub(super) fn samples_before(&self, number: usize) -> usize {
        if number >= self.len() {
            return self.windows.samples();
        }
        self.window_of(number) * self.windows.room() + self.get(number).first as usize
    }

    /// Those with these numbers.
    pub(super) fn some(&self, numbers: Range<usize>) -> Vec<Batch> {
        numbers.map(|number| self.get(number)).collect()
    }
}

/// Batches of up to `capacity` samples over `samples` of them.
pub(super) fn batches_of(samples: usize, capacity: usize) -> Vec<Batch> {
    let batches = Batches::new(Windows::whole(samples), capacity);
    batches.some(0..batches.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_of_windows_begin_anew() {
        let batches = Batches::new(Windows::whole(10), 4);
        let firsts: Vec<_> = batches.some(0..batches.len()).iter().map(|b| (b.first, b.rows)).collect();
        assert_eq!(firsts, [(0, 4), (4, 4), (8, 2)]);
        assert_eq!((batches.window_of(2), batches.samples_before(3)), (0, 10));
    }
}
