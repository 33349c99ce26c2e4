//! Reading: what a buffer holds, by way of one that the processor sees.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use half::f16;
use wgpu::{BufferAsyncError, SubmissionIndex};

use super::device::{Device, lock};
use crate::error::gpu::GpuError;
use crate::program::tensor::{Element, Tensor};

/// A buffer that the processor can read, kept and grown when needed.
#[derive(Debug, Default)]
pub(super) struct Readback {
    staging: Arc<Mutex<Option<wgpu::Buffer>>>,
}

/// Bytes of a buffer on their way to the processor.
pub(super) struct Copy {
    pub staging: wgpu::Buffer,
    pub size: u64,
    /// Where the buffer is kept for the next one.
    home: Arc<Mutex<Option<wgpu::Buffer>>>,
    /// The bytes that are wanted of those that are copied.
    wanted: Range<usize>,
}

impl Readback {
    /// Has bytes of a buffer copied, after all work before.
    pub fn copy(
        &mut self,
        device: &Device,
        buffer: &wgpu::Buffer,
        bytes: Range<usize>,
    ) -> Result<(Copy, SubmissionIndex), GpuError> {
        // Copies begin and end at whole words; elements may be smaller.
        let from = bytes.start as u64 / wgpu::COPY_BUFFER_ALIGNMENT * wgpu::COPY_BUFFER_ALIGNMENT;
        let size = wgpu::util::align_to(bytes.end as u64, wgpu::COPY_BUFFER_ALIGNMENT) - from;
        // It comes back only from a read that went well: one that did not may have left it mapped.
        let kept = lock(&self.staging).take().filter(|staging| staging.size() >= size);
        let staging = kept.unwrap_or_else(|| make_staging(device, size));
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("wgrad.read") };
        let mut encoder = device.wgpu.create_command_encoder(&descriptor);
        encoder.copy_buffer_to_buffer(buffer, from, &staging, 0, size);
        let submitted = device.submit(Some(encoder.finish()))?;
        let first = bytes.start - from as usize;
        let copy = Copy { staging, size, home: self.staging.clone(), wanted: first..first + bytes.len() };
        Ok((copy, submitted))
    }
}

impl Copy {
    /// An error unless the processor sees the bytes.
    pub fn mapped(&self, outcome: Option<Result<(), BufferAsyncError>>) -> Result<(), GpuError> {
        match outcome {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(failed(error.to_string())),
            None => Err(failed("it gave no answer".into())),
        }
    }

    /// The numbers of a tensor, once the processor sees the bytes; then it sees them no more.
    pub fn numbers(&self, element: Element) -> Result<Vec<f32>, GpuError> {
        match element {
            Element::Half => Ok(self.values::<f16>()?.into_iter().map(f32::from).collect()),
            Element::U32 => Ok(self.values::<u32>()?.into_iter().map(|integer| integer as f32).collect()),
            _ => self.values(),
        }
    }

    /// The same as numbers of any kind.
    pub fn values<T: bytemuck::Pod>(&self) -> Result<Vec<T>, GpuError> {
        let view = self.staging.get_mapped_range(0..self.size);
        let view = view.map_err(|error| failed(error.to_string()))?;
        let values = bytemuck::pod_collect_to_vec(&view[self.wanted.clone()]);
        drop(view);
        self.staging.unmap();
        *lock(&self.home) = Some(self.staging.clone());
        Ok(values)
    }
}

fn failed(message: String) -> GpuError {
    GpuError::Device { doing: "map a buffer to read".into(), message }
}

/// Where a tensor lies in its buffer.
pub(super) fn bytes_of(tensor: Tensor) -> Range<usize> {
    let size = tensor.element.bytes();
    tensor.range().start * size..tensor.range().end * size
}

fn make_staging(device: &Device, size: u64) -> wgpu::Buffer {
    device.wgpu.create_buffer(&wgpu::BufferDescriptor {
        label: Some("wgrad.buffer.readback"),
        size,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}
