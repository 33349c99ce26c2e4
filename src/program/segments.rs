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
    /// # Errors
    /// A program whose steps a pass has joined: the points are gone. Cut it first, and join the steps of each segment.
    pub fn segments(&self) -> Result<Vec<Segment>> {
        let Some(exchanges) = &self.exchanges else {
            let why = "its steps were joined, and its exchange points are gone; cut it before".into();
            return Err(Error::Program { step: 0, op: self.name.clone(), why });
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
