//! The random numbers of one image.

use crate::random::Stream;

/// The random stream of one image.
pub(super) struct Dice(Stream);

impl Dice {
    /// Stream number `stream` of `seed`.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Stream::numbered(seed, stream))
    }

    /// A number spread evenly over `low..high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0.uniform(low, high)
    }

    /// A number within ±`bound`, bell-shaped about 0: the mean of three even ones.
    pub fn about_zero(&mut self, bound: f64) -> f64 {
        (0..3).map(|_| self.between(-bound, bound)).sum::<f64>() / 3.0
    }

    /// A whole number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        self.0.below(count)
    }
}
