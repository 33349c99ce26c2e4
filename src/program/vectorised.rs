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

/// The vectors of a processor that multiplies and adds in one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vectors {
    /// 32 of 512 bits.
    Many,
    /// 16 of 256 bits, or as much.
    Few,
}

/// This processor's vectors, if it multiplies and adds in one instruction: loops over [`mul_add`](num_traits::Float::mul_add) are for
/// these, since others call a function for each number.
#[inline(always)]
pub(crate) fn vectors() -> Option<Vectors> {
    are_many().map(|many| if many { Vectors::Many } else { Vectors::Few })
}

#[cfg(all(feature = "fast-cpu", target_arch = "x86_64"))]
#[inline(always)]
fn are_many() -> Option<bool> {
    match pulp::Arch::new() {
        pulp::Arch::V4(_) => Some(true),
        pulp::Arch::V3(_) => Some(false),
        _ => None,
    }
}

#[cfg(all(feature = "fast-cpu", target_arch = "aarch64"))]
#[inline(always)]
fn are_many() -> Option<bool> {
    match pulp::Arch::new() {
        pulp::Arch::Neon(_) => Some(false),
        _ => None,
    }
}

#[cfg(not(all(feature = "fast-cpu", any(target_arch = "x86_64", target_arch = "aarch64"))))]
#[inline(always)]
fn are_many() -> Option<bool> {
    None
}
