//! What a device and the reference have computed, compared.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::backend::Reading;
use crate::error::{Error, Place, Result};
use crate::program::tensor::{Element, Tensor};

/// How much was compared, and how well it agreed.
///
/// ```
/// use wgrad::Recorder;
/// use wgrad::backend::{Backend, Cpu, Values, Verify};
/// use wgrad::ops::Softmax;
/// use wgrad::program::Batch;
///
/// let mut tape = Recorder::new("softmax", 1);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 3));
/// tape.push(Softmax { x, y });
/// let mut verify = Verify::new(Cpu::<f64>::new()?)?;
/// let id = verify.compile(&tape.finish()?)?;
/// verify.write(x, Values::Real(&[1.0, 2.0, 3.0]))?;
/// verify.run(id, &[Batch::of(1)])?;
/// let agreement = verify.take_agreement();
/// assert!(agreement.values == 3 && agreement.largest < 1.0);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Agreement {
    /// Values compared.
    pub values: usize,
    /// The largest difference, as a share of what rounding explains.
    pub largest: f32,
}

/// What is compared, until now and later.
#[derive(Debug, Default)]
pub(super) struct Comparing {
    pub(super) agreement: Agreement,
    /// What was not finite first in the batch under way.
    not_finite: Option<Error>,
    /// What the device has not answered yet.
    pub(super) pending: VecDeque<Compared>,
}

/// An output's elements on both, and how far they may be apart.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) expected: Vec<f32>,
    pub(super) found: Reading,
    pub(super) allowed: Vec<f32>,
    pub(super) output: Tensor,
    /// Of the first element.
    pub(super) place: Box<Place>,
    /// Whether the step is the first of a batch.
    pub(super) begins: bool,
    /// Whether a number that is not finite is an error here.
    pub(super) outlives: bool,
}

/// A tensor's values, where infinities of halves are the next number that a half would have, so that one side may overflow just where
/// the other does not.
pub(super) fn within(tensor: Tensor, values: Vec<f32>) -> Vec<f32> {
    match tensor.element {
        Element::Half => values.into_iter().map(|value| value.clamp(-65_536.0, 65_536.0)).collect(),
        _ => values,
    }
}

impl Comparing {
    /// Compares what the device has answered.
    pub(super) fn settle(&mut self) -> Result<()> {
        while let Some(mut compared) = self.pending.pop_front() {
            let mut context = Context::from_waker(Waker::noop());
            match Pin::new(&mut compared.found).poll(&mut context) {
                Poll::Ready(found) => self.judge(&compared, found?)?,
                Poll::Pending => {
                    self.pending.push_front(compared);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Adds to what has been compared; an error for the first element that differs, or that is not finite and outlives the batch.
    pub(super) fn judge(&mut self, compared: &Compared, found: Vec<f32>) -> Result<()> {
        if compared.begins {
            self.not_finite = None;
        }
        let not_finite = compared.hold(&within(compared.output, found), &mut self.agreement)?;
        let harm = not_finite.is_some() && compared.outlives;
        self.not_finite = self.not_finite.take().or(not_finite);
        self.not_finite.take_if(|_| harm).map_or(Ok(()), Err)
    }
}

impl Compared {
    /// The same with what the device answers.
    pub(super) async fn answered(mut self) -> Result<(Self, Vec<f32>)> {
        let found = (&mut self.found).await?;
        Ok((self, found))
    }

    fn at(&self, at: usize) -> Box<Place> {
        let Tensor { cols, .. } = self.output;
        Box::new(Place { row: at / cols, col: at % cols, ..(*self.place).clone() })
    }

    /// Adds to what has been compared; an error for the first element that differs. Gives the first that is not finite.
    fn hold(&self, found: &[f32], agreement: &mut Agreement) -> Result<Option<Error>> {
        let mut not_finite = None;
        let elements = self.expected.iter().zip(found).zip(&self.allowed);
        for (at, ((cpu, device), allowed)) in elements.enumerate() {
            let (cpu, device, allowed) = (*cpu, *device, *allowed);
            let both = !cpu.is_finite() && !device.is_finite();
            if both {
                not_finite.get_or_insert_with(|| Error::StepNotFinite { place: self.at(at), device, cpu });
            }
            // Where a sum of absolute values overflows, nothing can be said.
            let equal = both || cpu == device || !allowed.is_finite();
            let share = if equal { 0.0 } else { (cpu - device).abs() / allowed };
            if share.is_nan() || share > 1.0 {
                return Err(Error::Mismatch { place: self.at(at), device, cpu, allowed });
            }
            agreement.largest = agreement.largest.max(share);
        }
        agreement.values += self.expected.len();
        Ok(not_finite)
    }
}

/// Locks what is whole whenever it is not locked.
pub(super) fn lock(comparing: &Mutex<Comparing>) -> MutexGuard<'_, Comparing> {
    comparing.lock().unwrap_or_else(PoisonError::into_inner)
}
