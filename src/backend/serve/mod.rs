//! Programs that many threads run at once: by themselves where a backend offers that, else through a queue.

mod gathering;
mod queue;
mod worker;

use std::fmt::Debug;

use crate::backend::Values;
use crate::error::Result;

pub(crate) use queue::{Queue, Served};

/// A program that many threads run at once, each on rows of its own; [`Backend::server`](super::Backend::server) gives it.
///
/// ```
/// use wgrad::backend::{Backend, Cpu, Values};
/// use wgrad::layers::Relu;
/// use wgrad::ops::Activate;
/// use wgrad::{Error, Recorder};
///
/// let mut tape = Recorder::new("activate", 4);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 2));
/// tape.push(Activate { activation: Relu.into(), x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// let server = cpu.server(id, &[x], &[y])?.expect("the CPU serves threads at once");
/// std::thread::scope(|scope| {
///     for number in [1.0, 2.0] {
///         let server = &server;
///         scope.spawn(move || {
///             let mut out = [0.0; 2];
///             server.serve(1, &[Values::Real(&[-number, number])], &mut [&mut out])?;
///             assert_eq!(out, [0.0, number]);
///             Ok::<(), Error>(())
///         });
///     }
/// });
/// # Ok::<(), Error>(())
/// ```
pub trait Server: Debug + Send + Sync {
    /// Runs the program on so many samples: reads `inputs` and writes `outputs`, in the order in which the program's tensors of both
    /// were given. Each holds the numbers of all samples, one after the other.
    ///
    /// # Errors
    /// More samples than the program takes; values that do not fill their tensors; a lost device.
    fn serve(&self, samples: usize, inputs: &[Values<'_>], outputs: &mut [&mut [f32]]) -> Result<()>;

    /// Makes ready what so many threads need at once, so that no request of theirs waits for it.
    ///
    /// # Errors
    /// Memory that the system does not give.
    fn make_ready(&self, threads: usize) -> Result<()> {
        let _ = threads;
        Ok(())
    }
}
