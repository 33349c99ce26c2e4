//! What a training takes on the device.

use std::collections::HashSet;
use std::fmt;

use super::Model;
use crate::error::Result;
use crate::nn::layers::Mode;
use crate::nn::optimizer::Arenas;
use crate::program::op::Use;
use crate::program::tensor::{BufferId, Tensor};
use crate::train::source::Feed;

/// The bytes that a training keeps on the device, as [`Model::memory`] counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Parameters, trained and frozen, and the state of layers.
    pub parameters: u64,
    /// Their copy in 16 bits, of a model of [`Precision::F16`](crate::Precision::F16).
    pub halves: u64,
    /// The gradients of the parameters.
    pub gradients: u64,
    /// The moments of the optimizer.
    pub moments: u64,
    /// A batch: its samples, what layers make of them, and the gradients of that.
    pub activations: u64,
    /// The data set: inputs, targets and weights of all samples, their order, and a loss for each. Of a
    /// [`Streamed`](crate::source::Streamed) one, a window.
    pub data: u64,
    /// The rest: which parameters decay, the loss scale, sums for the norm of the gradients.
    pub others: u64,
}

impl Model {
    /// The memory that [`fit`](Model::fit) takes on the device to train on batches of a dataset, in bytes: that of all buffers of the
    /// model and of its [program](Model::training_program).
    ///
    /// Numbers count as 32 bits; `Cpu<f64>` takes 64 for them, and the CPU backend may do without the gradients. Validation data
    /// comes on top, as do kernels and what a driver keeps for itself.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::{Dense, Relu};
    /// use wgrad::{Dataset, Optimizer, Samples, Sequential, losses};
    ///
    /// let net = Sequential::new([784]).add(Dense::new(64)).add(Relu).add(Dense::new(784));
    /// let model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.01), 0)?;
    /// let data = Dataset::autoencoder(Samples::rows(vec![0.5; 100 * 784], 784)?);
    /// let memory = model.memory(&data, 32)?;
    /// println!("{memory}");
    /// assert!(memory.moments == 2 * memory.parameters && memory.data > 100 * 784 * 4);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// A dataset that does not fit the model; a batch of no samples.
    pub fn memory<'d>(&self, data: impl Into<Feed<'d>>, batch: usize) -> Result<Memory> {
        let data = self.check_data(data.into(), Mode::Train, batch)?;
        let (program, on) = self.record_epoch("train", &data, batch, Mode::Train)?;
        let of_data: HashSet<BufferId> = on.tensors().iter().map(|tensor| tensor.buffer).collect();
        let operands = program.steps().iter().flat_map(|step| step.operands());
        let batched = |(_, tensor): &(Use, Tensor)| tensor.is_batched().then_some(tensor.buffer);
        let of_batch: HashSet<BufferId> = operands.filter_map(batched).collect();
        // Of the arenas, a program has only those that its steps use.
        let mut buffers = self.layout.buffers.clone();
        buffers.extend(program.buffers);
        let mut memory = Memory::default();
        for (buffer, info) in &buffers {
            let part = if of_data.contains(buffer) {
                &mut memory.data
            } else if of_batch.contains(buffer) {
                &mut memory.activations
            } else {
                memory.part_of(*buffer, &self.layout.arenas)
            };
            *part += info.bytes();
        }
        Ok(memory)
    }
}

impl Memory {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.parts().iter().map(|(_, bytes)| bytes).sum()
    }

    fn parts(&self) -> [(&'static str, u64); 7] {
        [
            ("parameters", self.parameters),
            ("f16 copy", self.halves),
            ("gradients", self.gradients),
            ("moments", self.moments),
            ("activations", self.activations),
            ("data set", self.data),
            ("others", self.others),
        ]
    }

    /// Where a buffer of the model or of its optimizer counts.
    fn part_of(&mut self, buffer: BufferId, arenas: &Arenas) -> &mut u64 {
        let is = |tensor: &Tensor| tensor.buffer == buffer;
        if is(&arenas.parameters) {
            &mut self.parameters
        } else if is(&arenas.gradients) {
            &mut self.gradients
        } else if arenas.moments.iter().any(is) {
            &mut self.moments
        } else if arenas.halves.is_some_and(|halves| is(&halves.copy)) {
            &mut self.halves
        } else {
            &mut self.others
        }
    }
}

/// A line for each part that there is, and one for the total; a MB is 10⁶ bytes.
impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<13}  {:>14}  {:>10}", "on the device", "bytes", "MB")?;
        for (name, bytes) in self.parts().into_iter().chain([("total", self.total())]) {
            if bytes > 0 {
                write!(f, "\n{name:<13}  {bytes:>14}  {:>10.3}", bytes as f64 / 1e6)?;
            }
        }
        Ok(())
    }
}
