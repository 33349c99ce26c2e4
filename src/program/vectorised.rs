//! Loops compiled once for each instruction set.

/// Work whose loops become vector instructions. A type, because a closure cannot be told to be inlined.
pub(crate) trait Loops: Sized {
    /// What comes out.
    type Output;

    /// Does the work; to be marked `#[inline(always)]`, as all that it calls.
    fn compute(self) -> Self::Output;

    /// Does it with the best instructions of this processor, or, without the feature `fast-cpu`, with those of every
    /// one of its kind. The result is the same bit for bit, since Rust joins no products and sums.
    #[cfg(feature = "fast-cpu")]
    fn run(self) -> Self::Output {
        pulp::Arch::new().dispatch(Dispatched(self))
    }

    /// As above.
    #[cfg(not(feature = "fast-cpu"))]
    fn run(self) -> Self::Output {
        self.compute()
    }
}

#[cfg(feature = "fast-cpu")]
struct Dispatched<L>(L);

#[cfg(feature = "fast-cpu")]
impl<L: Loops> pulp::NullaryFnOnce for Dispatched<L> {
    type Output = L::Output;

    #[inline(always)]
    fn call(self) -> L::Output {
        self.0.compute()
    }
}
