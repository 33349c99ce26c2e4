//! The steps that an optimizer records, and where it finds the parameters.

use super::Optimizer;
use super::method::{Part, Trained};
use crate::ops::optimizer::{Update, WeightAverage};
use crate::ops::{ClipFactor, ClipValue, Decay, LossScale, SumSquares};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Where an optimizer finds the parameters of a model.
#[derive(Clone, Debug)]
pub(crate) struct Arenas {
    pub(crate) parameters: Tensor,
    /// Elements at the beginning of each arena that are trained, in groups; behind them lie frozen parameters and state.
    pub(crate) groups: Vec<Group>,
    pub(crate) gradients: Tensor,
    pub(crate) moments: Vec<Tensor>,
    /// 1 × 1, holding 1.
    pub(crate) one: Tensor,
    pub(crate) halves: Option<Halves>,
    /// 1 for what decays, else 0.
    pub(crate) mask: Tensor,
}

/// Parameters that are trained equally fast.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// Where they begin in each arena.
    pub(crate) start: usize,
    /// Elements.
    pub(crate) len: usize,
    /// What the learning rate is multiplied by.
    pub(crate) rate_factor: f32,
    /// Each parameter, counted from the start.
    pub(crate) parts: Vec<Part>,
}

impl Group {
    /// Its part of an arena.
    fn of(&self, arena: Tensor) -> Tensor {
        Tensor { start: arena.start + self.start, cols: self.len, ..arena }
    }
}

impl Arenas {
    /// Elements that are trained.
    pub(crate) fn trained_len(&self) -> usize {
        self.groups.iter().map(|group| group.len).sum()
    }

    /// The part of an arena that is trained.
    pub(crate) fn trained(&self, arena: Tensor) -> Tensor {
        Tensor { cols: self.trained_len(), ..arena }
    }
}

/// What a model of [`Precision::F16`](crate::Precision::F16) has beside the arenas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Halves {
    /// The parameters in halves.
    pub(crate) copy: Tensor,
    /// 1 × 2, the loss scale and the good steps since it changed.
    pub(crate) scale: Tensor,
    /// 1 × 3, the inverses of the optimizer's corrections, which count the steps that were not skipped.
    pub(crate) denominators: Tensor,
}

impl Halves {
    /// What training goes on from; the copy follows the parameters.
    pub(crate) fn state(&self) -> [Tensor; 2] {
        [self.scale, self.denominators]
    }
}

/// Partial sums of the global norm.
const NORM_PARTS: usize = 256;

impl Optimizer {
    /// Records the update of all parameters from their gradients, and returns what gradients are multiplied by, which is negative
    /// where nothing is updated.
    pub(crate) fn record(&self, tape: &mut Recorder, arenas: &Arenas) -> Tensor {
        let factor = self.record_factor(tape, arenas);
        if let Some(limit) = self.clip_value {
            tape.push(ClipValue { gradients: arenas.trained(arenas.gradients), factor, limit });
        }
        for group in &arenas.groups {
            self.record_group(tape, arenas, group, factor);
        }
        factor
    }

    /// Records what averages of weights and state move by, behind the steps that change these.
    pub(crate) fn record_averages(&self, tape: &mut Recorder, arenas: &Arenas) {
        if let Some(averages) = arenas.moments.last().filter(|_| self.averages()) {
            // Also of steps that do not count, so that the number of steps tells its share.
            tape.push(Update::new(WeightAverage, *averages, arenas.parameters, arenas.one, Vec::new()));
        }
    }

    fn record_group(&self, tape: &mut Recorder, arenas: &Arenas, group: &Group, factor: Tensor) {
        let method = self.formula.method();
        if let Some(decay) = self.decay.filter(|_| !method.takes_decay()) {
            let (parameters, mask) = (group.of(arenas.parameters), group.of(arenas.mask));
            tape.push(Decay { parameters, mask, factor, decay, rate_factor: group.rate_factor });
        }
        let trained = Trained {
            parameters: group.of(arenas.parameters),
            gradients: group.of(arenas.gradients),
            factor,
            moments: arenas.moments[..method.moments()].iter().map(|arena| group.of(*arena)).collect(),
            denominators: arenas.halves.map(|halves| halves.denominators),
            rate_factor: group.rate_factor,
            decay: self.decay.filter(|_| method.takes_decay()),
            parts: group.parts.clone(),
        };
        method.record(tape, &trained);
    }

    /// What gradients are multiplied by: 1 where they are neither clipped nor scaled.
    fn record_factor(&self, tape: &mut Recorder, arenas: &Arenas) -> Tensor {
        if self.clip.is_none() && arenas.halves.is_none() {
            return arenas.one;
        }
        let sums = tape.tensor("clip.sums", Element::Real, 2, NORM_PARTS);
        let factor = tape.tensor("clip.factor", Element::Real, 1, 1);
        tape.push(SumSquares { x: arenas.trained(arenas.gradients), sums });
        if let Some(Halves { scale, denominators, .. }) = arenas.halves {
            let plain = LossScale::new(sums, scale, factor, denominators);
            tape.push(LossScale { limit: self.clip, betas: self.formula.method().betas(), ..plain });
        } else if let Some(limit) = self.clip {
            tape.push(ClipFactor { sums, factor, limit });
        }
        factor
    }
}
