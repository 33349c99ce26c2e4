//! The parts of a dataset that are on a device at once, and what is read for each.

use std::ops::Range;

/// How a dataset comes to a device: in windows of `room` samples, made of blocks.
///
/// The samples of an epoch are a sequence: its blocks, in their order or in a random one. A window is a part of the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Windows {
    samples: usize,
    /// Samples of a window; the last may have fewer.
    room: usize,
    /// Samples that stay together; the last block may have fewer.
    block: usize,
    count: usize,
}

impl Windows {
    /// A dataset that a device holds.
    pub(crate) fn whole(samples: usize) -> Self {
        Self { samples, room: samples, block: samples, count: 1 }
    }

    /// Windows of up to `room` samples in whole steps, at least one, of blocks of `block` samples.
    pub(super) fn new(samples: usize, room: usize, block: usize, step: usize) -> Self {
        let step = step.clamp(1, samples);
        // A last step may have fewer samples, so that a window of all need not be cut.
        if room.max(step) >= samples {
            return Self::whole(samples);
        }
        let room = (room / step).max(1) * step;
        Self { samples, room, block, count: samples.div_ceil(room) }
    }

    /// Samples of an epoch.
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// The most samples that are on the device at once.
    pub(crate) fn room(&self) -> usize {
        self.room
    }

    /// Samples that stay together.
    pub(crate) fn block(&self) -> usize {
        self.block
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Samples of a window.
    pub(crate) fn len_of(&self, window: usize) -> usize {
        self.room.min(self.samples - window * self.room)
    }

    /// Blocks whose order is drawn: none of a single window.
    pub(crate) fn blocks(&self) -> usize {
        if self.count == 1 { 0 } else { self.samples.div_ceil(self.block) }
    }

    /// The samples of a window, where the blocks have this order; without one, they have their own.
    pub(crate) fn pieces(&self, blocks: &[u32], window: usize) -> Vec<Range<usize>> {
        let wanted = window * self.room..window * self.room + self.len_of(window);
        if blocks.is_empty() {
            return vec![wanted];
        }
        let mut pieces: Vec<Range<usize>> = Vec::new();
        let mut place = 0;
        for block in blocks {
            let start = *block as usize * self.block;
            let len = self.block.min(self.samples - start);
            let (from, to) = (wanted.start.max(place), wanted.end.min(place + len));
            if from < to {
                let piece = start + from - place..start + to - place;
                match pieces.last_mut() {
                    Some(last) if last.end == piece.start => last.end = piece.end,
                    _ => pieces.push(piece),
                }
            }
            place += len;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_is_in_one_window() {
        for (samples, room, block, step) in [(103, 20, 7, 4), (64, 16, 4, 16), (10, 3, 5, 1), (9, 2, 1, 2)] {
            let windows = Windows::new(samples, room, block, step);
            let mut blocks: Vec<u32> = (0..windows.blocks() as u32).collect();
            blocks.reverse();
            for blocks in [&blocks[..], &[]] {
                let mut seen = vec![0; samples];
                for window in 0..windows.count() {
                    let pieces = windows.pieces(blocks, window);
                    assert_eq!(pieces.iter().map(Range::len).sum::<usize>(), windows.len_of(window));
                    pieces.into_iter().flatten().for_each(|sample| seen[sample] += 1);
                }
                assert_eq!(seen, vec![1; samples], "{windows:?}");
            }
        }
    }

    #[test]
    fn windows_hold_whole_steps() {
        assert_eq!(Windows::new(1000, 100, 10, 32).room(), 96);
        assert_eq!(Windows::new(1000, 10, 10, 32).room(), 32);
        assert_eq!(Windows::new(1000, 999, 10, 32).room(), 992);
        assert_eq!(Windows::new(1000, 1000, 10, 32), Windows::whole(1000));
        assert_eq!(Windows::new(1000, 2000, 10, 32), Windows::whole(1000));
        assert_eq!(Windows::new(10, 4, 2, 64), Windows::whole(10));
    }

    #[test]
    fn blocks_side_by_side_are_read_at_once() {
        let windows = Windows::new(12, 6, 2, 3);
        assert_eq!(windows.pieces(&[4, 5, 0, 3, 1, 2], 0), [8..12, 0..2]);
        assert_eq!(windows.pieces(&[4, 5, 0, 3, 1, 2], 1), [6..8, 2..6]);
        assert_eq!(windows.pieces(&[], 1), vec![6..12]);
    }
}
