//! An image with all the zeros around it that windows see.

use super::Window;
use crate::program::real::Real;

/// Rows and columns of an image with its border: exactly what the places of an output see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bordered {
    window: Window,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
}

impl Bordered {
    #[inline(always)]
    pub(super) fn of(window: Window, channels: usize) -> Self {
        let [height, width] =
            [0, 1].map(|side| (window.output[side] - 1) * window.stride[side] + window.span()[side]);
        Self { window, height, width, channels }
    }

    /// Numbers.
    pub(super) fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Writes an image with its border.
    #[inline(always)]
    pub(super) fn write<T: Real>(&self, image: &[T], into: &mut [T]) {
        let ([height, width], [above, left]) = (self.window.image, self.window.padding);
        let (row, channels) = (self.width * self.channels, self.channels);
        let seen = left.min(self.width)..(left + width).min(self.width);
        for (y, into) in into.chunks_exact_mut(row).enumerate() {
            match y.checked_sub(above).filter(|y| *y < height) {
                None => into.fill(T::zero()),
                Some(y) => {
                    into[..seen.start * channels].fill(T::zero());
                    into[seen.end * channels..].fill(T::zero());
                    let image = &image[y * width * channels..][..seen.len() * channels];
                    into[seen.start * channels..seen.end * channels].copy_from_slice(image);
                }
            }
        }
    }

    /// Where the first number is that a place sees.
    #[inline(always)]
    pub(super) fn first(&self, [y, x]: [usize; 2]) -> usize {
        (y * self.window.stride[0] * self.width + x * self.window.stride[1]) * self.channels
    }

    /// How far from there a number is that a tap sees.
    #[inline(always)]
    pub(super) fn offset(&self, tap: usize) -> usize {
        let (pixel, channel) = (tap / self.channels, tap % self.channels);
        let [y, x] = [pixel / self.window.kernel[1], pixel % self.window.kernel[1]];
        let [down, across] = self.window.dilation;
        (y * down * self.width + x * across) * self.channels + channel
    }

    /// Writes the patches of a bordered image: a row for each place, with the numbers of all pixels that it sees.
    #[inline(always)]
    pub(super) fn patches<T: Real>(&self, bordered: &[T], patches: &mut [T]) {
        let ([taps_y, taps_x], [down, across]) = (self.window.kernel, self.window.dilation);
        // Pixels side by side are copied together.
        let (stretches, len) =
            if across == 1 { (1, taps_x * self.channels) } else { (taps_x, self.channels) };
        let mut rows = patches.chunks_exact_mut(len);
        for y in 0..self.window.output[0] {
            for x in 0..self.window.output[1] {
                let first = self.first([y, x]);
                for tap_y in 0..taps_y {
                    let row = first + tap_y * down * self.width * self.channels;
                    for stretch in 0..stretches {
                        let Some(to) = rows.next() else { return };
                        to.copy_from_slice(&bordered[row + stretch * across * self.channels..][..len]);
                    }
                }
            }
        }
    }

    /// Adds patches to the bordered image that they are of.
    #[inline(always)]
    pub(super) fn add_patches<T: Real>(&self, patches: &[T], bordered: &mut [T]) {
        let ([taps_y, taps_x], [down, across]) = (self.window.kernel, self.window.dilation);
        let (stretches, len) =
            if across == 1 { (1, taps_x * self.channels) } else { (taps_x, self.channels) };
        let mut rows = patches.chunks_exact(len);
        for y in 0..self.window.output[0] {
            for x in 0..self.window.output[1] {
                let first = self.first([y, x]);
                for tap_y in 0..taps_y {
                    let row = first + tap_y * down * self.width * self.channels;
                    for stretch in 0..stretches {
                        let Some(from) = rows.next() else { return };
                        let to = &mut bordered[row + stretch * across * self.channels..][..len];
                        for (to, from) in to.iter_mut().zip(from) {
                            *to += *from;
                        }
                    }
                }
            }
        }
    }

    /// Writes the pixels within a border that places see.
    #[inline(always)]
    pub(super) fn read<T: Real>(&self, bordered: &[T], image: &mut [T]) {
        let ([height, width], [above, left]) = (self.window.image, self.window.padding);
        let (row, channels) = (self.width * self.channels, self.channels);
        let seen = left.min(self.width)..(left + width).min(self.width);
        for y in 0..height.min(self.height.saturating_sub(above)) {
            let from = &bordered[(y + above) * row..][seen.start * channels..seen.end * channels];
            image[y * width * channels..][..from.len()].copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_what_places_see() {
        for (kernel, stride, dilation, padding) in [
            ([3, 3], [1, 1], [1, 1], [1, 1]),
            ([2, 3], [2, 1], [1, 2], [0, 2]),
            ([5, 4], [3, 2], [2, 1], [4, 0]),
        ] {
            let window = Window { stride, dilation, ..Window::new([5, 6], kernel) };
            let window = window.padding(padding, window.outputs(padding.map(|side| 2 * side)));
            let border = Bordered::of(window, 2);
            let image: Vec<f64> = (1..=60).map(f64::from).collect();
            let mut bordered = vec![f64::NAN; border.len()];
            border.write(&image, &mut bordered);
            let mut patches = vec![f64::NAN; window.places() * window.taps() * 2];
            border.patches(&bordered, &mut patches);
            let mut expected = vec![0.0; patches.len()];
            window.each(|place, tap, pixel| {
                let at = (place * window.taps() + tap) * 2;
                expected[at..at + 2].copy_from_slice(&image[2 * pixel..][..2]);
            });
            assert_eq!(patches, expected);
            bordered.fill(0.0);
            border.add_patches(&patches, &mut bordered);
            let mut back = vec![0.0; 60];
            border.read(&bordered, &mut back);
            let mut seen = vec![0.0; 60];
            window.each(|_, _, pixel| (0..2).for_each(|c| seen[2 * pixel + c] += image[2 * pixel + c]));
            assert_eq!(back, seen);
        }
    }
}
