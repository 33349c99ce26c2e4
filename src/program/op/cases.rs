//! The shapes that an op is tested at.

use super::Op;
use crate::program::recorder::Recorder;

/// An [`Op`] with the shapes that tests run it at. [`ops::cases_of`](crate::ops::cases_of) makes programs of them, for
/// [`check_programs`](crate::self_check::check_programs) and [`check_program`](crate::gradcheck::check_program).
///
/// A model takes ops without it.
pub trait OpCases: Op {
    /// One with prime sizes, one of 1×1, one larger than a tile.
    fn cases(tape: &mut Recorder) -> Vec<Self>;

    /// The same with halves, if it takes them.
    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let _ = tape;
        Vec::new()
    }
}
