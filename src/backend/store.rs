//! The buffers of the backends that run on the processor.

use half::f16;

use super::{Values, part, part_mut, unknown_buffer};
use crate::error::{Error, Result};
use crate::program::BufferInfo;
use crate::program::real::{Computed as _, Real};
use crate::program::tensor::{Element, Tensor};

/// The elements of a buffer.
#[derive(Debug)]
pub(super) enum Store<T> {
    Real(Vec<T>),
    U8(Vec<u8>),
    U32(Vec<u32>),
    Half(Vec<f16>),
}

impl<T: Real> Store<T> {
    /// In the place of a buffer that is not here.
    pub(super) const fn empty() -> Self {
        Self::U8(Vec::new())
    }

    /// All zeros, or what a constant holds.
    pub(super) fn new(info: &BufferInfo) -> Result<Self> {
        if let Some(values) = &info.constant {
            return Ok(Store::Real(values.iter().map(|value| T::of((*value).into())).collect()));
        }
        Ok(match info.element {
            Element::Real => Store::Real(filled(T::zero(), info)?),
            Element::U8 => Store::U8(filled(0, info)?),
            Element::U32 => Store::U32(filled(0, info)?),
            Element::Half => Store::Half(filled(f16::ZERO, info)?),
        })
    }

    /// Writes a tensor, whole; reals are rounded to halves where it holds those.
    pub(super) fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        values.fit(tensor)?;
        match (self, values) {
            (Store::Real(store), Values::Real(values)) => {
                for (to, from) in part_mut(store, tensor)?.iter_mut().zip(values) {
                    *to = T::of((*from).into());
                }
            }
            (Store::Half(store), Values::Real(values)) => f32::narrow(values, part_mut(store, tensor)?),
            (Store::U8(store), Values::U8(values)) => part_mut(store, tensor)?.copy_from_slice(values),
            (Store::U32(store), Values::U32(values)) => part_mut(store, tensor)?.copy_from_slice(values),
            _ => return Err(unknown_buffer(tensor)),
        }
        Ok(())
    }

    /// Reads a tensor of numbers other than bytes, whole.
    pub(super) fn read(&self, tensor: Tensor) -> Result<Vec<f32>> {
        if let Store::Real(values) = self {
            // Not into zeros: their memory takes longer to get than a small epoch's other reading.
            return Ok(part(values, tensor)?.iter().map(|value| value.wide() as f32).collect());
        }
        let mut values = vec![0.0; tensor.len()];
        self.read_into(tensor, &mut values)?;
        Ok(values)
    }

    /// The same, to where there is room for it.
    pub(super) fn read_into(&self, tensor: Tensor, into: &mut [f32]) -> Result<()> {
        match self {
            Store::Real(values) => {
                let values = part(values, tensor)?;
                into.iter_mut().zip(values).for_each(|(to, value)| *to = value.wide() as f32);
            }
            Store::Half(halves) => f32::widen(part(halves, tensor)?, into),
            Store::U32(values) => {
                let values = part(values, tensor)?;
                into.iter_mut().zip(values).for_each(|(to, value)| *to = *value as f32);
            }
            Store::U8(_) => return Err(unknown_buffer(tensor)),
        }
        Ok(())
    }
}

/// A buffer's numbers, all the same; an error where the system does not give memory for them.
fn filled<N: Clone>(value: N, info: &BufferInfo) -> Result<Vec<N>> {
    // Asked for first, as what follows would end the process; not filled from this, as zeros cost nothing there.
    let asked = Vec::<N>::new().try_reserve_exact(info.len);
    let bytes = info.len.saturating_mul(size_of::<N>());
    asked.map_err(|_| Error::Memory { buffer: info.name.clone(), bytes })?;
    Ok(vec![value; info.len])
}
