//! Portable random numbers: ChaCha8 with a stream for each purpose.
//!
//! Only the generator's raw words are used, so that a seed means the same with every version of every
//! dependency and on every platform.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// What random numbers are for; each purpose has a stream of its own, so that one does not shift another.
///
/// ```
/// use wgrad::random::{Purpose, Stream};
///
/// let first = |purpose| Stream::new(7, purpose).word();
/// assert_ne!(first(Purpose::Initialisation), first(Purpose::Shuffling));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Initial parameters.
    Initialisation = 1,
    /// The order of training samples.
    Shuffling = 2,
    /// Values that tests and checks are run at.
    Checking = 3,
    /// Which samples of a dataset go into which part.
    Splitting = 4,
}

/// A stream of random numbers.
///
/// ```
/// use wgrad::random::{Purpose, Stream};
///
/// let [mut first, mut second] = [7, 7].map(|seed| Stream::new(seed, Purpose::Shuffling));
/// let (mut order, mut same) = ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4]);
/// first.shuffle(&mut order);
/// second.shuffle(&mut same);
/// assert_eq!(order, same); // the same for a seed, everywhere
/// assert!((0.0..1.0).contains(&first.unit()));
/// ```
#[derive(Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of `purpose` for a seed.
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        Self::numbered(seed, purpose as u64)
    }

    /// Stream `number` of a seed.
    pub fn numbered(seed: u64, number: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(number);
        Self(generator)
    }

    /// The stream of `purpose` after `drawn` words.
    pub(crate) fn at(seed: u64, purpose: Purpose, drawn: u128) -> Self {
        let mut stream = Self::new(seed, purpose);
        stream.0.set_word_pos(drawn);
        stream
    }

    /// Words of 32 bits used so far.
    pub(crate) fn drawn(&self) -> u128 {
        self.0.get_word_pos()
    }

    /// 32 random bits.
    pub fn word(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Uniform in `0.0..1.0`, in steps of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `low..high`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Normal with mean 0 and deviation 1 (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// A whole number under `bound`, each as likely but for at most one part in 2³² (Lemire, 2019).
    pub fn below(&mut self, bound: usize) -> usize {
        ((u64::from(self.word()) * bound as u64) >> 32) as usize
    }

    /// Puts values in random order (Fisher and Yates; Durstenfeld, 1964).
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for i in (1..values.len()).rev() {
            values.swap(i, self.below(i + 1));
        }
    }
}
