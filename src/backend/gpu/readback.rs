//! Reading: the only place that waits for the device.

use futures_intrusive::channel::shared::oneshot_channel;

use super::device::Device;
use crate::error::gpu::GpuError;

/// A buffer that the processor can read, kept and grown when needed.
#[derive(Debug, Default)]
pub(super) struct Readback {
    staging: Option<wgpu::Buffer>,
}

impl Readback {
    /// `len` elements of `buffer` from element `start` on, after all work before.
    pub fn read<T: bytemuck::Pod>(
        &mut self,
        device: &Device,
        buffer: &wgpu::Buffer,
        start: usize,
        len: usize,
    ) -> Result<Vec<T>, GpuError> {
        let [first, end] = [start, start + len].map(|element| (element * size_of::<T>()) as u64);
        // Copies begin and end at whole words; elements may be smaller.
        let (from, to) = (
            first - first % wgpu::COPY_BUFFER_ALIGNMENT,
            wgpu::util::align_to(end, wgpu::COPY_BUFFER_ALIGNMENT),
        );
        let size = to - from;
        // It comes back only from a read that went well: one that did not may have left it mapped.
        let kept = self.staging.take().filter(|staging| staging.size() >= size);
        let staging = kept.unwrap_or_else(|| make_staging(device, size));
        let mut values = copy(device, buffer, from, &staging, size)?;
        staging.unmap();
        self.staging = Some(staging);
        values.drain(..(first - from) as usize / size_of::<T>());
        values.truncate(len);
        Ok(values)
    }
}

fn make_staging(device: &Device, size: u64) -> wgpu::Buffer {
    device.wgpu.create_buffer(&wgpu::BufferDescriptor {
        label: Some("wgrad.buffer.readback"),
        size,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Copies `size` bytes to `staging`, which stays mapped, and returns them.
fn copy<T: bytemuck::Pod>(
    device: &Device,
    buffer: &wgpu::Buffer,
    start: u64,
    staging: &wgpu::Buffer,
    size: u64,
) -> Result<Vec<T>, GpuError> {
    let descriptor = wgpu::CommandEncoderDescriptor { label: Some("wgrad.read") };
    let mut encoder = device.wgpu.create_command_encoder(&descriptor);
    encoder.copy_buffer_to_buffer(buffer, start, staging, 0, size);
    let copied = device.submit(Some(encoder.finish()))?;
    // Before mapping, which a lost device answers with a less telling error.
    device.wait(&copied)?;
    let (sender, receiver) = oneshot_channel();
    staging.map_async(wgpu::MapMode::Read, 0..size, move |outcome| {
        // The receiver is gone only where this read has already failed.
        let _ = sender.send(outcome);
    });
    // Calls back.
    device.wait(&copied)?;
    let failed = |message: String| GpuError::Device { doing: "map a buffer to read".into(), message };
    // Another thread's wait may have taken the answer, and be about to give it.
    match pollster::block_on(receiver.receive()) {
        Some(Ok(())) => {}
        Some(Err(error)) => return Err(failed(error.to_string())),
        None => return Err(failed("it gave no answer".into())),
    }
    let view = staging.get_mapped_range(0..size).map_err(|error| failed(error.to_string()))?;
    Ok(bytemuck::pod_collect_to_vec(&view))
}
