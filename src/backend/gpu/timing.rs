//! Times of single dispatches, from the device's own clock.

use super::device::Device;
use super::readback::{Copy, Readback};
use super::run::{Compiled, Dispatch, Runner};
use crate::backend::timeline::Timed;
use crate::error::gpu::GpuError;
use crate::program::Batch;

/// A timestamp, in ticks.
const TICKS: u64 = size_of::<u64>() as u64;

/// Where a device notes when each dispatch of a program begins and ends.
#[derive(Debug)]
pub(super) struct Clock {
    queries: wgpu::QuerySet,
    notes: wgpu::Buffer,
    dispatches: usize,
}

impl Clock {
    /// A clock for so many dispatches, if the device has one.
    pub fn new(device: &Device, dispatches: usize) -> Option<Self> {
        let count =
            u32::try_from(2 * dispatches).ok().filter(|count| *count <= wgpu::QUERY_SET_MAX_QUERIES)?;
        if !device.wgpu.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return None;
        }
        let queries = device.wgpu.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("wgrad.queries.timeline"),
            ty: wgpu::QueryType::Timestamp,
            count,
        });
        let notes = device.wgpu.create_buffer(&wgpu::BufferDescriptor {
            label: Some("wgrad.buffer.timeline"),
            size: u64::from(count) * TICKS,
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        Some(Self { queries, notes, dispatches })
    }

    /// Has dispatch `number` noted by the compute pass that it is alone in.
    pub fn of(&self, number: usize) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * number as u32),
            end_of_pass_write_index: Some(2 * number as u32 + 1),
        }
    }

    /// Puts the notes of all dispatches where they can be read.
    pub fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.queries, 0..2 * self.dispatches as u32, &self.notes, 0);
    }

    /// Seconds of each dispatch that ran last.
    pub fn seconds(&self, device: &Device, readback: &mut Readback) -> Result<Vec<f64>, GpuError> {
        let bytes = 0..2 * self.dispatches * TICKS as usize;
        let notes: Vec<u64> = readback.with(device, &self.notes, bytes, Copy::values)?;
        let tick = f64::from(device.queue.get_timestamp_period()) * 1e-9;
        let seconds = |note: &[u64]| note[1].saturating_sub(note[0]) as f64 * tick;
        Ok(notes.chunks_exact(2).map(seconds).collect())
    }
}

/// The median time of each dispatch over the batches; `None` where the device has no clock.
pub(super) fn measure(
    device: &Device,
    runner: &mut Runner,
    compiled: &Compiled,
    batches: &[Batch],
) -> Result<Option<Vec<Timed>>, GpuError> {
    let Some(clock) = Clock::new(device, compiled.dispatches.len()) else { return Ok(None) };
    let mut readback = Readback::default();
    let mut times = vec![Vec::with_capacity(batches.len()); compiled.dispatches.len()];
    for batch in batches {
        runner.run_timed(device, compiled, batch, &clock)?;
        let seconds = clock.seconds(device, &mut readback)?;
        times.iter_mut().zip(seconds).for_each(|(all, one)| all.push(one));
    }
    let timed = |(dispatch, times): (&Dispatch, _)| Timed {
        op: dispatch.op,
        kernel: dispatch.kernel.clone(),
        workgroups: dispatch.groups.iter().product::<u32>() as usize,
        seconds: median(times),
        cost: dispatch.cost,
    };
    Ok(Some(compiled.dispatches.iter().zip(times).map(timed).collect()))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
