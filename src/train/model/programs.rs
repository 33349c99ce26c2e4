//! The programs of a model: train, evaluate, predict.

use super::Model;
use super::mapping::{Mapping, Taken};
use super::on_device::{Data, OnDevice};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::nn::graph::Input;
use crate::nn::layers::Mode;
use crate::ops::{Collect, Gather, Hits};
use crate::program::Program;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;
use crate::train::dataset::Samples;
use crate::train::source::Feed;

/// What a program over a dataset is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Recorded {
    /// The loss and the hits.
    Evaluate,
    /// A whole step.
    Train,
    /// Gradients without an update.
    Gradients {
        /// Whether layers' state is updated.
        updates_state: bool,
    },
}

/// A program as a backend runs it best.
pub(super) fn lean(program: Program, backend: &dyn Backend) -> Program {
    program.lean(backend.joins_steps().then(|| backend.most_operands()))
}

impl Model {
    /// The program of one training step on batches of a dataset; `println!` shows it as a table.
    ///
    /// Its steps are joined where the backend runs that better. Then there is no place to [cut](Program::segments) it for several devices:
    /// record such a training on a tape of your own.
    ///
    /// # Errors
    /// A dataset that does not fit the model.
    pub fn training_program<'d>(&self, data: impl Into<Feed<'d>>, batch: usize) -> Result<Program> {
        let data = self.check_data(data.into(), Mode::Train, batch)?;
        self.record_epoch("train", &data, batch, Mode::Train).map(|(program, _)| program)
    }

    /// A dataset as the model takes it, with up to `step` samples at a time.
    ///
    /// # Errors
    /// What does not fit; for training, what has nothing to learn.
    pub(super) fn check_data<'d>(&self, feed: Feed<'d>, mode: Mode, step: usize) -> Result<Data<'d>> {
        if let Feed::Whole(data) = feed {
            data.check_any_weight()?;
        }
        self.check_samples(feed, mode, step, 0)
    }

    /// The same of samples that may be a part of those to learn from, and then count from `first` on.
    pub(super) fn check_samples<'d>(
        &self,
        feed: Feed<'d>,
        mode: Mode,
        step: usize,
        first: usize,
    ) -> Result<Data<'d>> {
        let data = feed.like();
        let needed = vec![true; self.net.vertices.len()];
        let inputs = self.net.check_inputs(&data.named_inputs(), &needed)?;
        // Of a source nobody knows all targets.
        let learns = mode == Mode::Train && matches!(feed, Feed::Whole(_));
        let targets = self.objective.check(&self.net, data, learns, first)?;
        if mode == Mode::Train {
            self.optimizer.check_training()?;
        }
        if mode == Mode::Train && self.layout.is_frozen() {
            let why = "all parameters are frozen; thaw some of them before training".into();
            return Err(Error::Setting { why });
        }
        Ok(Data { inputs, targets, weights: data.weights(), windows: feed.windows(step)? })
    }

    /// Records what is done with each batch of a dataset, training or only evaluating.
    pub(super) fn record_epoch(
        &self,
        name: &str,
        data: &Data<'_>,
        batch: usize,
        mode: Mode,
    ) -> Result<(Program, OnDevice)> {
        let mut tape = self.tape(name, batch.min(data.room()));
        let on = OnDevice::declare(&mut tape, data);
        let purpose = if mode == Mode::Train { Recorded::Train } else { Recorded::Evaluate };
        let tape = self.record_on(tape, &on, data, purpose, self.layout.arenas.gradients)?;
        Ok((self.lean(tape.finish()?), on))
    }

    /// Records the same over a dataset that a tape knows, with this place for gradients.
    pub(super) fn record_on(
        &self,
        mut tape: Recorder,
        on: &OnDevice,
        data: &Data<'_>,
        purpose: Recorded,
        gradients: Tensor,
    ) -> Result<Recorder> {
        let mode = if purpose == Recorded::Evaluate { Mode::Infer } else { Mode::Train };
        let mut inputs = Vec::new();
        for ((input, samples), source) in self.net.inputs().zip(&data.inputs).zip(&on.inputs) {
            inputs.push(self.gather_inputs(&mut tape, input, *source, on.indices, samples.scale()));
        }
        let mut gather = |source: Tensor| {
            let out = tape.batched_of("target", source.element, source.cols);
            tape.push(Gather { source, indices: on.indices, out, scale: 1.0, labels: None });
            out
        };
        let targets: Vec<_> = on.targets.iter().map(|source| source.map_or(inputs[0], &mut gather)).collect();
        let weights = on.weights.map(gather);
        if mode == Mode::Train {
            let arenas = &self.layout.arenas;
            tape.arena(arenas.trained(arenas.parameters), gradients);
        }
        let forward = self.net.forward(&mut tape, &inputs, &self.layout.entries, mode)?;
        let outputs = forward.of(&self.objective.places())?;
        let recorded = self.objective.record(&mut tape, &outputs, &targets, &forward.added, weights)?;
        if mode == Mode::Train {
            tape.backward_scaled(recorded.losses, self.layout.arenas.halves.map(|halves| halves.scale));
            let factor = match purpose {
                Recorded::Train => {
                    tape.exchange(self.layout.arenas.trained(gradients));
                    self.optimizer.record(&mut tape, &self.layout.arenas)
                }
                _ => self.layout.arenas.one,
            };
            if purpose != (Recorded::Gradients { updates_state: false }) {
                for update in forward.updates {
                    update.record(&mut tape, factor);
                }
            }
            if purpose == Recorded::Train {
                self.optimizer.record_averages(&mut tape, &self.layout.arenas);
            }
        }
        if purpose == (Recorded::Gradients { updates_state: false }) {
            // The tables are of what was trained.
            return Ok(tape);
        }
        tape.push(Collect { rows: recorded.losses, table: on.losses });
        if let Some((term, table)) = data.only_labels().zip(on.hits) {
            let hits = tape.batched("hits", 1);
            tape.push(Hits { scores: recorded.compared[term], labels: targets[term], hits, table: None });
            tape.push(Collect { rows: hits, table });
        }
        Ok(tape)
    }

    /// A program as this model's backend runs it best.
    pub(super) fn lean(&self, program: Program) -> Program {
        lean(program, &*self.backend)
    }

    /// Records what the vertices at `places` are made of.
    ///
    /// # Errors
    /// Samples that do not fit the model.
    pub(super) fn record_prediction(
        &self,
        given: &[(&str, &Samples)],
        batch: usize,
        places: &[usize],
    ) -> Result<Mapping> {
        let needed = self.net.needed(places);
        let samples = self.net.check_inputs(given, &needed)?;
        let count = samples.first().map_or(0, |samples| samples.len());
        let mut taken: Vec<Taken> = Vec::new();
        for samples in &samples {
            taken.push(Taken { element: samples.element(), width: samples.width() });
        }
        let widths = places.iter().map(|at| self.net.width(*at)).collect::<Result<Vec<_>>>()?;
        let tape = self.tape("predict", batch.min(count));
        let forward = |tape: &mut Recorder, sources: &[Tensor], indices| {
            let mut inputs = Vec::new();
            let needed_inputs = self.net.inputs().filter(|input| needed[input.at]);
            for ((input, samples), source) in needed_inputs.zip(&samples).zip(sources) {
                inputs.push(self.gather_inputs(tape, input, *source, indices, samples.scale()));
            }
            let forward = self.net.forward_to(tape, &inputs, &self.layout.entries, &needed, Mode::Infer)?;
            let rows = forward.of(places)?;
            Ok(rows.into_iter().map(|rows| tape.reals(rows)).collect())
        };
        let mapping = Mapping::record(tape, &taken, count, &widths, forward)?;
        Ok(mapping.with_program(|program| self.lean(program)))
    }

    /// A tape that knows the arenas. Where products are of halves, each run begins by rounding the parameters: so the
    /// halves follow whoever changes the parameters, and are no state.
    pub(super) fn tape(&self, name: &str, capacity: usize) -> Recorder {
        let mut tape = self.layout.tape(name, capacity);
        let arenas = &self.layout.arenas;
        arenas.halves.iter().for_each(|halves| tape.copy_in_halves(arenas.parameters, halves.copy));
        tape
    }

    /// The batch's samples, as layers will read them.
    pub(super) fn gather_inputs(
        &self,
        tape: &mut Recorder,
        input: Input<'_>,
        source: Tensor,
        indices: Tensor,
        scale: f32,
    ) -> Tensor {
        let out = tape.batched_of("x", self.net.input_element(input), source.cols);
        tape.push(Gather { source, indices, out, scale, labels: None });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Backend, Cpu};
    use crate::nn::layers::{Dense, Dropout, Tanh};
    use crate::nn::loss::MeanSquaredError;
    use crate::nn::optimizer::Optimizer;
    use crate::nn::precision::Precision;
    use crate::nn::sequential::Sequential;
    use crate::train::dataset::Dataset;
    use crate::train::model::Fit;

    fn model(optimizer: Optimizer, precision: Precision) -> Model {
        let net = Sequential::new([4]).precision(precision).add(Dense::new(8)).add(Tanh);
        let net = net.add(Dropout::new(0.2)).add(Dense::new(4));
        net.compile(Cpu::<f32>::with_threads(2).unwrap(), MeanSquaredError, optimizer, 3).unwrap()
    }

    /// Trains a model by the segments of its step, without an exchange between them.
    fn train_in_segments(model: &mut Model, data: &Dataset, batch: usize) -> Result<()> {
        let run = model.start(data.into(), Fit::new().epochs(1).batch(batch).unshuffled())?;
        let known = model.check_data(data.into(), Mode::Train, batch)?;
        let mut tape = model.tape("train", batch);
        let on = OnDevice::declare(&mut tape, &known);
        let gradients = model.layout.arenas.gradients;
        let program = model.record_on(tape, &on, &known, Recorded::Train, gradients)?.finish()?;
        let segments = program.segments()?;
        assert_eq!(segments.len(), 2);
        assert_eq!(segments[0].exchange.map(|tensor| tensor.buffer), Some(gradients.buffer));
        let mut ids = Vec::new();
        for segment in segments {
            let program = model.lean(segment.program);
            ids.push(model.backend.compile(&program)?);
        }
        on.load(&known, &mut *model.backend)?;
        for batch in model.batches(&run, 1, 0..run.train.batches.len(), 0) {
            for id in &ids {
                model.backend.run(*id, &[batch])?;
            }
        }
        Ok(())
    }

    #[test]
    fn a_step_in_segments_gives_the_same_bits() {
        let values: Vec<f32> = (0..44).map(|at| ((at * 7) % 11) as f32 / 11.0).collect();
        let data = Dataset::autoencoder(Samples::rows(values, 4).unwrap());
        // Plain descent is not among them: run whole, the CPU adds it up in the products, which rounds otherwise.
        let optimizers = [
            Optimizer::momentum(0.1, 0.9).clip_norm(0.1),
            Optimizer::adam(0.01).clip_norm(0.1),
            Optimizer::adam_w(0.01, 0.1).clip_value(0.01),
            Optimizer::lamb(0.01),
        ];
        for optimizer in optimizers {
            for precision in [Precision::F32, Precision::F16] {
                let (mut whole, mut cut) =
                    (model(optimizer.clone(), precision), model(optimizer.clone(), precision));
                whole.fit(&data, Fit::new().epochs(1).batch(4).unshuffled()).unwrap();
                train_in_segments(&mut cut, &data, 4).unwrap();
                let (one, other) = (whole.state().unwrap(), cut.state().unwrap());
                assert_eq!(one.parameters, other.parameters, "{optimizer:?} in {precision:?}");
                assert_eq!(one.moments, other.moments, "{optimizer:?} in {precision:?}");
            }
        }
    }

    #[test]
    fn joined_steps_leave_no_place_to_cut() {
        let data = Dataset::autoencoder(Samples::rows([0.5; 8], 4).unwrap());
        let program = model(Optimizer::adam(0.1), Precision::F32).training_program(&data, 2).unwrap();
        let error = program.segments().unwrap_err().to_string();
        assert!(error.contains("exchange points are gone"), "{error}");
    }
}
