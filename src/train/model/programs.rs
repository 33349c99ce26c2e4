//! The programs of a model: train, evaluate, predict.

use super::Model;
use super::mapping::{Mapping, Taken};
use crate::backend::gpu::GpuError;
use crate::backend::{Backend, Values};
use crate::error::{Error, Result};
use crate::nn::layers::Mode;
use crate::ops::{Collect, Gather, Hits};
use crate::program::Program;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};
use crate::train::dataset::{Dataset, Samples, Targets};

/// A dataset's tensors on the device, and the tables that its epochs fill.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnDevice {
    inputs: Tensor,
    /// The order of samples.
    pub(super) indices: Tensor,
    targets: Option<Tensor>,
    /// The loss of each sample, in the order of `indices`.
    pub(super) losses: Tensor,
    /// Whether each sample is classified rightly, in the same order.
    pub(super) hits: Option<Tensor>,
}

impl Model {
    /// The program of one training step on batches of a dataset; `println!` shows it as a table.
    ///
    /// # Errors
    /// A dataset that does not fit the model.
    pub fn training_program(&self, data: &Dataset, batch: usize) -> Result<Program> {
        self.record_epoch("train", data, batch, Mode::Train).map(|(program, _)| program)
    }

    /// Records what is done with each batch of a dataset, training or only evaluating.
    pub(super) fn record_epoch(
        &self,
        name: &str,
        data: &Dataset,
        batch: usize,
        mode: Mode,
    ) -> Result<(Program, OnDevice)> {
        self.net.check_inputs(data.inputs())?;
        if mode == Mode::Train {
            self.loss.check_training(data)?;
            if self.layout.is_frozen() {
                let why = "all parameters are frozen; thaw some of them before training".into();
                return Err(Error::Setting { why });
            }
        }
        self.loss.check(data, self.net.outputs()?)?;
        let mut tape = self.tape(name, batch.min(data.len()));
        let on = declare(&mut tape, data);
        let x = self.gather_inputs(&mut tape, on.inputs, on.indices, data.inputs().scale());
        let target = on.targets.map_or(x, |source| {
            let out = tape.batched("target", source.cols);
            tape.push(Gather { source, indices: on.indices, out, scale: 1.0 });
            out
        });
        if mode == Mode::Train {
            let arenas = &self.layout.arenas;
            tape.arena(arenas.trained(arenas.parameters), arenas.gradients);
        }
        let last = self.net.output_place();
        let output = self.net.forward(&mut tape, x, &self.layout.entries, last, mode)?;
        self.loss.check_output(&tape, self.net.output_name(), output)?;
        // The class with the largest score is that with the largest probability.
        let (loss, output) = self.loss.on_logits(&mut tape, output);
        let output = if on.hits.is_some() { tape.reals(output) } else { output };
        let losses = loss.record_as_it_is(&mut tape, output, target);
        if mode == Mode::Train {
            tape.backward_scaled(losses, self.layout.arenas.halves.map(|halves| halves.scale));
            self.optimizer.record(&mut tape, &self.layout.arenas);
        }
        tape.push(Collect { rows: losses, table: on.losses });
        if let Some(table) = on.hits {
            let hits = tape.batched("hits", 1);
            tape.push(Hits { scores: output, labels: target, hits });
            tape.push(Collect { rows: hits, table });
        }
        Ok((tape.finish()?.lean(self.backend.joins_steps()), on))
    }

    /// Records what the vertex `at` is made of, whose outputs are `cols` wide.
    pub(super) fn record_prediction(
        &self,
        samples: &Samples,
        batch: usize,
        at: usize,
        cols: usize,
    ) -> Result<Mapping> {
        self.net.check_inputs(samples)?;
        let tape = self.tape("predict", batch.min(samples.len()));
        let taken = Taken { element: samples.element(), samples: samples.len(), width: samples.width() };
        let joins_steps = self.backend.joins_steps();
        Mapping::record(tape, &taken, cols, joins_steps, |tape, inputs, indices| {
            let x = self.gather_inputs(tape, inputs, indices, samples.scale());
            let rows = self.net.forward(tape, x, &self.layout.entries, at, Mode::Infer)?;
            Ok(tape.reals(rows))
        })
    }

    /// A tape that knows the arenas. Where products are of halves, each run begins by rounding the parameters: so the
    /// halves follow whoever changes the parameters, and are no state.
    fn tape(&self, name: &str, capacity: usize) -> Recorder {
        let mut tape = self.layout.tape(name, capacity);
        let arenas = &self.layout.arenas;
        arenas.halves.iter().for_each(|halves| tape.copy_in_halves(arenas.parameters, halves.copy));
        tape
    }

    /// The batch's samples, as products will read them.
    fn gather_inputs(&self, tape: &mut Recorder, source: Tensor, indices: Tensor, scale: f32) -> Tensor {
        let element = self.net.input_element(source.element == Element::U32, source.cols);
        let out = tape.batched_of("x", element, source.cols);
        tape.push(Gather { source, indices, out, scale });
        out
    }
}

impl OnDevice {
    /// Puts a dataset where its program expects it.
    pub(super) fn load(&self, data: &Dataset, backend: &mut dyn Backend) -> Result<()> {
        backend.write(self.inputs, data.inputs().values(0..data.len()))?;
        if let (Some(tensor), Some(values)) = (self.targets, data.target_values()) {
            backend.write(tensor, Values::Real(&values))?;
        }
        let order: Vec<u32> = (0..data.len() as u32).collect();
        backend.write(self.indices, Values::U32(&order))
    }

    /// The error of a device that cannot hold a dataset, which smaller batches or layers would not change.
    pub(super) fn too_large(&self, error: Error) -> Error {
        let Error::Gpu(GpuError::Limit { name, limit, .. }) = &error else { return error };
        if !["max_buffer_size", "max_storage_buffer_binding_size"].contains(name) {
            return error;
        }
        let arrays =
            [("inputs", Some(self.inputs)), ("targets", self.targets), ("losses", Some(self.losses))];
        for (array, tensor) in arrays {
            let Some(Tensor { element, rows, cols, .. }) = tensor else { continue };
            let of_one = (cols * element.bytes()) as u64;
            let (bytes, most) = (of_one.saturating_mul(rows as u64), (limit / of_one) as usize);
            if bytes > *limit {
                return Error::DatasetSize { array, samples: rows, bytes, limit: *limit, most };
            }
        }
        error
    }
}

fn declare(tape: &mut Recorder, data: &Dataset) -> OnDevice {
    let count = data.len();
    let inputs = tape.tensor("data.inputs", data.inputs().element(), count, data.inputs().width());
    let indices = tape.tensor("data.indices", Element::U32, 1, count);
    let mut reals = |name: &str, cols| tape.tensor(name, Element::Real, count, cols);
    let targets = (*data.targets() != Targets::Inputs).then(|| reals("data.targets", data.target_width()));
    let losses = reals("table.losses", 1);
    let hits = matches!(data.targets(), Targets::Labels(_)).then(|| reals("table.hits", 1));
    OnDevice { inputs, indices, targets, losses, hits }
}
