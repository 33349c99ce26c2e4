//! How the threads of a pool share a phase: spindle keeps them awake in between, since waking them takes as long as a
//! phase; rayon alone, where the feature `fast-cpu` is off, wakes them each time.

#[cfg(all(feature = "fast-cpu", not(target_family = "wasm")))]
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

#[cfg(not(any(feature = "fast-cpu", target_family = "wasm")))]
mod awake {
    use rayon::prelude::*;

    pub fn with<T: Send>(_: usize, work: impl FnOnce() -> T + Send) -> T {
        work()
    }

    pub fn for_each(parts: usize, work: impl Fn(usize) + Sync + Send) {
        (0..parts).into_par_iter().with_max_len(1).for_each(work);
    }
}

/// A page's thread is alone.
#[cfg(target_family = "wasm")]
mod awake {
    pub fn with<T>(_: usize, work: impl FnOnce() -> T) -> T {
        work()
    }

    pub fn for_each(parts: usize, work: impl Fn(usize)) {
        (0..parts).for_each(work);
    }

    /// In the place of a pool of threads.
    #[derive(Debug)]
    pub struct Pool;

    impl Pool {
        pub fn start(_: usize) -> Result<Self, crate::error::Error> {
            Ok(Self)
        }

        pub fn current_num_threads(&self) -> usize {
            1
        }

        pub fn install<T>(&self, work: impl FnOnce() -> T) -> T {
            work()
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod pool {
    use rayon::{ThreadPool, ThreadPoolBuilder};

    use crate::error::Error;

    /// Threads that live as long as a backend.
    #[derive(Debug)]
    pub struct Pool(ThreadPool);

    impl Pool {
        /// Starts so many.
        pub fn start(threads: usize) -> Result<Self, Error> {
            let name = |number| format!("wgrad-cpu-{number}");
            let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build();
            pool.map(Self).map_err(|error| Error::Threads { threads, why: error.to_string() })
        }

        /// How many there are.
        pub fn current_num_threads(&self) -> usize {
            self.0.current_num_threads()
        }

        /// Does work in the pool.
        pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
            self.0.install(work)
        }
    }
}

#[cfg(target_family = "wasm")]
pub(super) use awake::Pool;
pub(super) use awake::{for_each, with};
#[cfg(not(target_family = "wasm"))]
pub(super) use pool::Pool;
