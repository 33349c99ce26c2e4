//! Buffers: one for each name that programs use, and what is written to them.

use std::collections::HashMap;

use half::f16;

use super::device::Device;
use crate::backend::{Values, check_same, unknown_buffer};
use crate::error::gpu::GpuError;
use crate::error::{Error, Result};
use crate::program::tensor::{BufferId, Element, Tensor};
use crate::program::{BufferInfo, Buffers};

/// The bytes that the device moves at once.
const WORD: usize = 4;

/// The buffers of a backend.
#[derive(Clone, Debug, Default)]
pub(super) struct Storage {
    buffers: HashMap<BufferId, (BufferInfo, wgpu::Buffer)>,
}

impl Storage {
    /// Makes those of `buffers` that are not there yet, filled with zeros or with what constants hold.
    pub fn make(&mut self, device: &Device, buffers: &Buffers) -> Result<()> {
        for (id, info) in buffers {
            match self.buffers.get(id) {
                Some((known, _)) => check_same(known, info)?,
                None => {
                    let doing = format!("make buffer {}", info.name);
                    let buffer = device.scoped(&doing, || Ok::<_, GpuError>(make_buffer(device, info)))?;
                    if let Some(values) = &info.constant {
                        device.write(&buffer, 0, bytemuck::cast_slice(values))?;
                    }
                    self.buffers.insert(*id, (info.clone(), buffer));
                }
            }
        }
        Ok(())
    }

    /// Drops the buffers that are not `used` any more; the device frees each once no submitted work needs it.
    pub fn keep(&mut self, used: impl Fn(BufferId) -> bool) {
        self.buffers.retain(|id, _| used(*id));
    }

    /// A buffer that was made for a program.
    pub fn made(&self, id: BufferId) -> &wgpu::Buffer {
        &self.buffers[&id].1
    }

    /// The buffer of `tensor`, which lies within it.
    pub fn of(&self, tensor: Tensor) -> Result<&wgpu::Buffer> {
        let (info, buffer) = self.buffers.get(&tensor.buffer).ok_or_else(|| unknown_buffer(tensor))?;
        if tensor.element == info.element && tensor.range().end <= info.len {
            return Ok(buffer);
        }
        Err(Error::Transfer { why: format!("{tensor:?} does not lie within {info:?}") })
    }

    /// Writes a tensor, whole; the device takes the values when work is submitted next.
    pub fn write(&self, device: &Device, tensor: Tensor, values: Values<'_>) -> Result<()> {
        values.fit(tensor)?;
        let buffer = self.of(tensor)?;
        let halves: Vec<f16>;
        let bytes: &[u8] = match values {
            Values::Real(values) if tensor.element == Element::Half => {
                halves = values.iter().map(|value| f16::from_f32(*value)).collect();
                bytemuck::cast_slice(&halves)
            }
            Values::Real(values) => bytemuck::cast_slice(values),
            Values::U8(values) => values,
            Values::U32(values) => bytemuck::cast_slice(values),
        };
        let start = tensor.start * tensor.element.bytes();
        let (whole, rest) = bytes.split_at(bytes.len() - bytes.len() % WORD);
        let end = (start + bytes.len()) as u64;
        if !start.is_multiple_of(WORD) || (!rest.is_empty() && end.next_multiple_of(4) != buffer.size()) {
            let why = format!(
                "bytes {start} to {end} share a word of {WORD} bytes with other values; write them together"
            );
            return Err(Error::Transfer { why });
        }
        device.write(buffer, start as u64, whole)?;
        if !rest.is_empty() {
            let mut word = [0; WORD];
            word[..rest.len()].copy_from_slice(rest);
            device.write(buffer, (start + whole.len()) as u64, &word)?;
        }
        Ok(())
    }
}

fn make_buffer(device: &Device, info: &BufferInfo) -> wgpu::Buffer {
    use wgpu::BufferUsages as Usages;
    device.wgpu.create_buffer(&wgpu::BufferDescriptor {
        label: Some(&format!("wgrad.buffer.{}", info.name)),
        size: info.bytes(),
        usage: Usages::STORAGE | Usages::COPY_DST | Usages::COPY_SRC,
        mapped_at_creation: false,
    })
}
