//! What a tape refuses: operands that a backend could not run, and exchanges without a sum.

use super::{Recorder, halves, rows_in_words};
use crate::error::OpError;
use crate::program::op::{MAX_OPERANDS, Use};
use crate::program::rule::{Broken, one_rule};
use crate::program::tensor::{Element, Tensor};
use crate::program::{BufferInfo, Step};

impl Recorder {
    /// The one rule that every backend relies on, and what follows from it.
    pub(super) fn check(&self, step: &Step) -> Result<(), OpError> {
        let operands = step.operands();
        if operands.len() > MAX_OPERANDS {
            return Err(OpError::new(format!(
                "has {} operands, and {MAX_OPERANDS} is the most",
                operands.len()
            )));
        }
        for (used, tensor) in operands {
            let info = self.check_tensor(*tensor)?;
            if *used != Use::In && info.constant.is_some() {
                return Err(OpError::new(format!("writes to {}, which is a constant", info.name)));
            }
            if *used != Use::Out && !self.walked_back {
                self.check_overlap(*tensor, &info.name)?;
            }
            if tensor.element == Element::Half {
                halves::check(step, *tensor, &info.name)?;
            }
        }
        if step.outputs().any(|output| output.element == Element::U8) {
            return Err("writes bytes; ops write reals, halves or unsigned integers".into());
        }
        match one_rule(operands) {
            Ok(()) => step.op().check(),
            Err(Broken::ReadAndWritten(buffer)) => Err(OpError::new(format!(
                "uses buffer {} both as an input and as an output",
                self.buffers[&buffer].name
            ))),
            Err(Broken::WrittenTwice(buffer)) => {
                Err(OpError::new(format!("has two outputs in buffer {}", self.buffers[&buffer].name)))
            }
        }
    }

    /// The buffer of a tensor that lies in it; a batched one fills it.
    pub(super) fn check_tensor(&self, tensor: Tensor) -> Result<&BufferInfo, OpError> {
        let Some(info) = self.buffers.get(&tensor.buffer) else {
            return Err(OpError::new(format!(
                "uses a {tensor} tensor of a buffer that this tape does not know"
            )));
        };
        if tensor.range().end > info.len || tensor.element != info.element || tensor.is_empty() {
            return Err(OpError::new(format!(
                "uses {:?} of buffer {}, which is {info:?}",
                tensor, info.name
            )));
        }
        self.check_batched(tensor, info)?;
        Ok(info)
    }

    /// An error where a batched tensor is a part of its buffer, or its rows are no whole number for each sample.
    fn check_batched(&self, tensor: Tensor, info: &BufferInfo) -> Result<(), OpError> {
        let Some(rows) = tensor.per_sample else { return Ok(()) };
        if tensor.start == 0 && tensor.rows == self.capacity * rows.get() && tensor.len() == info.len {
            return Ok(());
        }
        Err(OpError::new(format!(
            "uses rows {} of {}, which has {} numbers for {} samples; use it whole, with as many rows for each sample",
            rows_in_words(tensor),
            info.name,
            info.len,
            self.capacity
        )))
    }

    /// An error where a gradient of these elements would be lost: one of them and others are watched.
    fn check_overlap(&self, tensor: Tensor, name: &str) -> Result<(), OpError> {
        let extent = tensor.extent();
        if self.watched.contains(&extent) || !self.watched.iter().any(|watched| watched.overlaps(&extent)) {
            return Ok(());
        }
        Err(OpError::new(format!(
            "uses rows {} of {name}, of which another part or the whole needs a gradient; use one part throughout",
            rows_in_words(tensor)
        )))
    }

    /// An error where ranks cannot exchange a tensor, or would add up sums.
    pub(crate) fn check_exchange(&self, tensor: Tensor) -> Result<(), OpError> {
        let BufferInfo { name, element, constant, .. } = self.check_tensor(tensor)?;
        if *element != Element::Real {
            return Err(OpError::new(format!(
                "adds up reals, and {name} holds {element:?}; convert halves first, with Recorder::reals"
            )));
        }
        if constant.is_some() {
            return Err(OpError::new(format!("writes to {name}, which is a constant")));
        }
        if !self.walked_back {
            self.check_overlap(tensor, name)?;
        }
        for exchange in &self.exchanges {
            let sum = exchange.tensor.extent();
            let mut later = self.steps[exchange.steps..].iter().flat_map(Step::outputs);
            if sum.overlaps(&tensor.extent()) && !later.any(|output| output.extent().overlaps(&sum)) {
                return Err(OpError::new(format!(
                    "adds up rows {} of {name}, which are a sum of all ranks since the exchange before step {}, as \
                     no step has written to them; use that sum",
                    rows_in_words(tensor),
                    exchange.steps
                )));
            }
        }
        Ok(())
    }
}
