//! How the threads of a pool share a phase: spindle keeps them awake in between, since waking them takes as long as a
//! phase; rayon alone, where the feature `fast-cpu` is off, wakes them each time.

#[cfg(feature = "fast-cpu")]
mod awake {
    use std::sync::atomic::Ordering;

    /// How often a thread that waits for another looks again before it sleeps, some 80 µs in all: less than that would
    /// put it to sleep between phases, and more would take the processor from what else runs on a busy machine.
    const PATIENCE: u32 = 4_096;

    /// Runs `work`, which calls [`for_each`], in the pool that this is called in.
    pub fn with<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
        spindle::SPIN_LIMIT.store(PATIENCE, Ordering::Relaxed);
        spindle::with_lock(threads, work)
    }

    /// Calls `work` for each number below `parts`, on thread `i` for part `i`, so that a core keeps the same parameters
    /// from step to step.
    pub fn for_each(parts: usize, work: impl Fn(usize) + Sync) {
        spindle::for_each_raw(parts, work);
    }
}

#[cfg(not(feature = "fast-cpu"))]
mod awake {
    use rayon::prelude::*;

    pub fn with<T: Send>(_: usize, work: impl FnOnce() -> T + Send) -> T {
        work()
    }

    pub fn for_each(parts: usize, work: impl Fn(usize) + Sync + Send) {
        (0..parts).into_par_iter().with_max_len(1).for_each(work);
    }
}

pub(super) use awake::{for_each, with};
