//! Programs in segments: where several of them meet, as those of a training on several devices do.

use std::collections::HashSet;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::program::op::Use;
use crate::program::tensor::{BufferId, Tensor};
use crate::program::{BufferInfo, Buffers, Program, Step};

/// A point of a program at which all ranks have the sum of a tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exchange {
    /// Steps before it.
    pub(crate) steps: usize,
    pub(crate) tensor: Tensor,
}

/// A part of a program, and what ranks exchange after it.
///
/// A tensor becomes the sum of what all ranks have in it; then each runs the next segment. Give all the same
/// [`Batch::global_rows`](crate::program::Batch::global_rows), the samples of all ranks, so that means are those of the whole batch.
///
/// ```
/// use wgrad::Recorder;
/// use wgrad::Element;
/// use wgrad::backend::{Backend, Cpu, Values};
/// use wgrad::ops::AddTo;
/// use wgrad::program::Batch;
///
/// let mut tape = Recorder::new("sums", 1);
/// let [part, sum, total] = ["part", "sum", "total"].map(|name| tape.tensor(name, Element::Real, 1, 2));
/// tape.push(AddTo { sum, part });
/// tape.exchange(sum);
/// tape.push(AddTo { sum: total, part: sum });
/// let segments = tape.finish()?.segments()?;
/// assert_eq!((segments[0].exchange, segments[1].exchange), (Some(sum), None));
///
/// let mut ranks = [Cpu::<f32>::new()?, Cpu::<f32>::new()?];
/// let mut sums = vec![0.0; 2];
/// let mut ids = Vec::new();
/// for (number, rank) in ranks.iter_mut().enumerate() {
///     let both = [rank.compile(&segments[0].program)?, rank.compile(&segments[1].program)?];
///     rank.write(part, Values::Real(&[1.0 + number as f32, 10.0]))?;
///     rank.run(both[0], &[Batch::of(1)])?;
///     for (sum, own) in sums.iter_mut().zip(rank.read(sum)?) {
///         *sum += own;
///     }
///     ids.push(both[1]);
/// }
/// for (rank, id) in ranks.iter_mut().zip(ids) {
///     rank.write(sum, Values::Real(&sums))?;
///     rank.run(id, &[Batch::of(1)])?;
///     assert_eq!(rank.read(total)?, [3.0, 20.0]);
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Segment {
    /// Its steps, over the buffers of the whole program.
    pub program: Program,
    /// What ranks exchange after it; nothing after the last one.
    pub exchange: Option<Tensor>,
}

impl Program {
    /// The program cut at its [exchange points](crate::Recorder::exchange): run one after the other on the same backend, the segments do what
    /// the program does. One without such points is one segment.
    ///
    /// Two ranks train a net as one does on all samples, up to rounding:
    ///
    /// ```
    /// use wgrad::backend::{Backend, Cpu, Values};
    /// use wgrad::layers::Relu;
    /// use wgrad::ops::{ClipFactor, Dense, ElementLoss, Momentum, SumSquares, Update, loss};
    /// use wgrad::program::Batch;
    /// use wgrad::{Element, Recorder};
    ///
    /// fn trained(ranks: usize) -> wgrad::Result<Vec<f32>> {
    ///     let share = 4 / ranks;
    ///     let mut tape = Recorder::new("train", share);
    ///     let [x, y, target, losses] = ["x", "y", "target", "losses"].map(|name| tape.batched(name, 1));
    ///     let [parameters, gradients, moments] =
    ///         ["parameters", "gradients", "moments"].map(|name| tape.tensor(name, Element::Real, 2, 1));
    ///     let (sums, factor) = (tape.tensor("sums", Element::Real, 2, 1), tape.tensor("factor", Element::Real, 1, 1));
    ///     tape.arena(parameters, gradients);
    ///     tape.push(Dense { x, weight: parameters, y, activation: Relu.into() });
    ///     tape.push(ElementLoss::new(loss::MeanSquaredError, y, target, losses));
    ///     tape.backward(losses);
    ///     // The norm and the update need the sum: ranks meet before.
    ///     tape.exchange(gradients);
    ///     tape.push(SumSquares { x: gradients, sums });
    ///     tape.push(ClipFactor { sums, factor, limit: 20.0 });
    ///     let momentum = Momentum { momentum: 0.5, nesterov: false };
    ///     tape.push(Update::new(momentum, parameters, gradients, factor, vec![moments]));
    ///     let segments = tape.finish()?.segments()?;
    ///
    ///     let mut devices = Vec::new();
    ///     for rank in 0..ranks {
    ///         let mut device = Cpu::<f32>::new()?;
    ///         let mut ids = Vec::new();
    ///         for segment in &segments {
    ///             ids.push(device.compile(&segment.program.clone().without_unread_steps().fused())?);
    ///         }
    ///         // All begin with the same parameters and moments; moments are 0.
    ///         device.write(parameters, Values::Real(&[0.5, 0.1]))?;
    ///         let own = rank * share..(rank + 1) * share;
    ///         device.write(x, Values::Real(&[1.0, 2.0, 3.0, 4.0][own.clone()]))?;
    ///         device.write(target, Values::Real(&[3.0, 5.0, 7.0, 9.0][own]))?;
    ///         devices.push((device, ids));
    ///     }
    ///     for _ in 0..20 {
    ///         // Means are over the samples of all ranks.
    ///         let batch = Batch { rate: 0.01, global_rows: 4, ..Batch::of(share) };
    ///         for (number, segment) in segments.iter().enumerate() {
    ///             for (device, ids) in &mut devices {
    ///                 device.run(ids[number], &[batch])?;
    ///             }
    ///             let Some(tensor) = segment.exchange else { continue };
    ///             let mut sum = vec![0.0; tensor.len()];
    ///             for (device, _) in &mut devices {
    ///                 for (sum, own) in sum.iter_mut().zip(device.read(tensor)?) {
    ///                     *sum += own;
    ///                 }
    ///             }
    ///             for (device, _) in &mut devices {
    ///                 device.write(tensor, Values::Real(&sum))?;
    ///             }
    ///         }
    ///     }
    ///     devices[0].0.read(parameters)
    /// }
    ///
    /// let (one, two) = (trained(1)?, trained(2)?);
    /// for (one, two) in one.iter().zip(two) {
    ///     assert!((one - two).abs() < 1e-5, "{one} and {two}");
    /// }
    /// assert!(one[0] > 1.0, "nothing was learned: {one:?}");
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// A rank runs a segment with 1 sample or more. Where it has none, it writes zeros instead of what it would exchange, and runs a segment
    /// that reads no batch, as the update, with [`Batch::of(1)`](crate::program::Batch::of).
    ///
    /// # Errors
    /// [`Error::Joined`] for a program whose steps a pass has joined: the points are gone. Cut it first, and join the steps of each segment.
    /// [`Model::training_program`](crate::Model::training_program) is joined where the backend
    /// runs that better, and nothing public cuts a model's program before: record such a training on a tape of your own.
    pub fn segments(&self) -> Result<Vec<Segment>> {
        let Some(exchanges) = &self.exchanges else {
            return Err(Error::Joined { program: self.name.clone() });
        };
        let mut segments = Vec::new();
        let mut first = 0;
        for exchange in exchanges {
            segments.push(self.segment(first..exchange.steps, Some(exchange.tensor), segments.len()));
            first = exchange.steps;
        }
        segments.push(self.segment(first..self.steps.len(), None, segments.len()));
        Ok(segments)
    }

    /// Some steps, which leave what others read and ranks exchange.
    fn segment(&self, steps: Range<usize>, exchange: Option<Tensor>, number: usize) -> Segment {
        let outside = self.steps[..steps.start].iter().chain(&self.steps[steps.end..]);
        let elsewhere: HashSet<BufferId> = outside.flat_map(buffers_of).collect();
        let inside = &self.steps[steps];
        let mut kept = self.kept.clone();
        let mut buffers = Buffers::new();
        for (used, tensor) in inside.iter().flat_map(|step| step.operands()) {
            let mut info = self.buffers[&tensor.buffer].clone();
            if elsewhere.contains(&tensor.buffer) {
                info.scratch = false;
                if *used != Use::In {
                    kept.insert(tensor.extent());
                }
            }
            buffers.insert(tensor.buffer, info);
        }
        if let Some(tensor) = exchange {
            kept.insert(tensor.extent());
            let info = self.buffers[&tensor.buffer].clone();
            buffers.insert(tensor.buffer, BufferInfo { scratch: false, ..info });
        }
        let program = Program {
            name: format!("{}.{}", self.name, number + 1),
            steps: inside.to_vec(),
            buffers,
            capacity: self.capacity,
            kept,
            exchanges: Some(Vec::new()),
        };
        Segment { program, exchange }
    }
}

fn buffers_of(step: &Step) -> impl Iterator<Item = BufferId> + '_ {
    step.operands().iter().map(|(_, tensor)| tensor.buffer)
}
