//! A dataset on the device, and the tables that its epochs fill.

use crate::backend::gpu::GpuError;
use crate::backend::{Backend, Values};
use crate::error::{Error, Result};
use crate::program::Buffers;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};
use crate::train::dataset::Samples;
use crate::train::source::Windows;
use crate::train::target::Target;

/// A dataset as a model takes it.
pub(super) struct Data<'d> {
    /// The samples of each input of the net.
    pub(super) inputs: Vec<&'d Samples>,
    /// The targets of each output that has a loss.
    pub(super) targets: Vec<Target<'d>>,
    /// A weight for each sample.
    pub(super) weights: Option<&'d [f32]>,
    /// In which parts they come to the device.
    pub(super) windows: Windows,
}

impl Data<'_> {
    /// The most samples that are on the device at once.
    pub(super) fn room(&self) -> usize {
        self.windows.room()
    }

    /// The place of the targets that are labels, if there is just one.
    pub(super) fn only_labels(&self) -> Option<usize> {
        let mut labels = self.targets.iter().enumerate().filter(|(_, target)| target.are_labels());
        let first = labels.next();
        if labels.next().is_some() { None } else { first.map(|(place, _)| place) }
    }
}

/// A dataset's tensors on the device, and the tables that its epochs fill.
#[derive(Clone, Debug)]
pub(super) struct OnDevice {
    pub(super) inputs: Vec<Tensor>,
    /// The order of samples.
    pub(super) indices: Tensor,
    /// Targets beside the inputs; none where they are the inputs.
    pub(super) targets: Vec<Option<Tensor>>,
    pub(super) weights: Option<Tensor>,
    /// The loss of each sample, in the order of `indices`.
    pub(super) losses: Tensor,
    /// Whether each sample is classified rightly, in the same order.
    pub(super) hits: Option<Tensor>,
    /// Their buffers, for further programs.
    pub(super) buffers: Buffers,
}

impl OnDevice {
    /// Room for a dataset.
    pub(super) fn declare(tape: &mut Recorder, data: &Data<'_>) -> Self {
        let count = data.room();
        let mut rows = |name: &str, element, cols| tape.tensor(name, element, count, cols);
        let mut inputs = Vec::new();
        for samples in &data.inputs {
            inputs.push(rows("data.inputs", samples.element(), samples.width()));
        }
        let mut targets = Vec::new();
        for target in &data.targets {
            let beside = !target.are_inputs();
            targets.push(beside.then(|| rows("data.targets", target.element(), target.width())));
        }
        let weights = data.weights.map(|_| rows("data.weights", Element::Real, 1));
        let losses = rows("table.losses", Element::Real, 1);
        let hits = data.only_labels().map(|_| rows("table.hits", Element::Real, 1));
        let indices = tape.tensor("data.indices", Element::U32, 1, count);
        let buffers = Buffers::new();
        let mut on = Self { inputs, indices, targets, weights, losses, hits, buffers };
        for tensor in on.tensors() {
            if let Some(info) = tape.buffers().get(&tensor.buffer) {
                on.buffers.insert(tensor.buffer, info.clone());
            }
        }
        on
    }

    /// All its tensors.
    pub(super) fn tensors(&self) -> Vec<Tensor> {
        let beside = self.targets.iter().flatten().chain(&self.weights).chain(&self.hits);
        self.inputs.iter().chain(beside).copied().chain([self.indices, self.losses]).collect()
    }

    /// Puts a dataset where its program expects it.
    pub(super) fn load(&self, data: &Data<'_>, backend: &mut dyn Backend) -> Result<()> {
        for (tensor, samples) in self.inputs.iter().zip(&data.inputs) {
            backend.write(*tensor, samples.values(0..data.room()))?;
        }
        for (tensor, target) in self.targets.iter().zip(&data.targets) {
            let Some(tensor) = tensor else { continue };
            target.write(|values| backend.write(*tensor, values)).unwrap_or(Ok(()))?;
        }
        if let Some((tensor, weights)) = self.weights.zip(data.weights) {
            backend.write(tensor, Values::Real(weights))?;
        }
        let order: Vec<u32> = (0..data.room() as u32).collect();
        backend.write(self.indices, Values::U32(&order))
    }

    /// The error of a device that cannot hold a dataset, which smaller batches or layers would not change.
    pub(super) fn too_large(&self, error: Error) -> Error {
        let Error::Gpu(GpuError::Limit { name, limit, .. }) = &error else { return error };
        if !["max_buffer_size", "max_storage_buffer_binding_size"].contains(name) {
            return error;
        }
        let inputs = self.inputs.iter().map(|tensor| ("inputs", *tensor));
        let targets = self.targets.iter().flatten().map(|tensor| ("targets", *tensor));
        for (array, tensor) in inputs.chain(targets).chain([("losses", self.losses)]) {
            let Tensor { element, rows, cols, .. } = tensor;
            let of_one = (cols * element.bytes()) as u64;
            let (bytes, most) = (of_one.saturating_mul(rows as u64), (limit / of_one) as usize);
            if bytes > *limit {
                return Error::DatasetSize { array, samples: rows, bytes, limit: *limit, most };
            }
        }
        error
    }
}
