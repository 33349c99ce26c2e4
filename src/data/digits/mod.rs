//! Handwritten digits drawn by the program, as hard to tell apart for a linear classifier as real ones.
//!
//! A digit is one of several written forms, bent by a random hand, and inked with a random pen. Image
//! `i` has a random stream of its own, so a seed gives the same images whatever the number of threads.

mod dice;
mod forms;
mod hand;
mod pen;

use rayon::prelude::*;

use super::Images;
use dice::Dice;
use hand::Hand;
use pen::{Canvas, Pen, SIDE};

/// Which of two sets without an image in common is drawn.
///
/// ```
/// use wgrad::data::digits::{Split, draw};
///
/// let (train, test) = (draw(0, Split::Train, 10), draw(0, Split::Test, 10));
/// assert_eq!(train.labels, test.labels);
/// assert_ne!(train.pixels, test.pixels);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Images to train on.
    Train,
    /// Images to test with.
    Test,
}

/// Draws `count` images of 28 × 28; image `i` shows the digit `i` mod 10.
///
/// The first images of a longer set are those of a shorter one with the same seed.
///
/// ```
/// use wgrad::data::digits::{Split, draw};
///
/// let images = draw(0, Split::Train, 20);
/// assert_eq!(images.labels[13], 3);
/// ```
pub fn draw(seed: u64, split: Split, count: usize) -> Images {
    let mut pixels = vec![0; count * SIDE * SIDE];
    pixels.par_chunks_exact_mut(SIDE * SIDE).enumerate().for_each(|(index, image)| {
        let first_stream = if split == Split::Test { 1 << 32 } else { 0 };
        let mut dice = Dice::new(seed, first_stream + index as u64);
        write_digit(index % 10, &mut dice).develop(image, &mut dice);
    });
    Images {
        pixels,
        labels: (0..count).map(|index| (index % 10) as u32).collect(),
        height: SIDE,
        width: SIDE,
        channels: 1,
    }
}

fn write_digit(digit: usize, dice: &mut Dice) -> Canvas {
    let forms = forms::of(digit);
    let hand = Hand::new(dice);
    let mut canvas = Canvas::new(Pen::new(dice));
    for stroke in forms.get(dice.below(forms.len())).copied().unwrap_or_default() {
        canvas.stroke(&hand.write(stroke));
    }
    canvas
}
