//! Runs: many batches in one compute pass, and few submissions in flight.

use std::num::NonZeroU64;
use std::ops::Range;

use wgpu::{BindGroup, ComputePass, ComputePipeline};

use super::buffers::Storage;
use super::device::Device;
use super::limits::{Plan, plan};
use super::pipelines::{BATCH_BYTES, Layout};
use super::platform::InFlight;
#[cfg(not(target_family = "wasm"))]
use super::timing::Clock;
use crate::error::gpu::GpuError;
use crate::program::kernel::DeviceProfile;
use crate::program::op::Cost;
use crate::program::{Batch, Program};

/// The most batches of a submission.
const MOST_BATCHES: usize = 64;

/// The most submissions that the device has yet to finish.
const MOST_IN_FLIGHT: usize = 3;

/// The most work of a submission, in FLOPs or bytes: well under the two seconds after which Windows resets a device
/// that is busy, on a slow one too. A single dispatch of more is a submission of its own.
const MOST_WORK: f64 = 20e9;

/// The same for a software adapter.
const MOST_SOFTWARE_WORK: f64 = 0.2e9;

/// A program on a device.
#[derive(Debug)]
pub(super) struct Compiled {
    pub program: Program,
    label: String,
    pub dispatches: Vec<Dispatch>,
    /// Batches of a submission.
    at_once: usize,
    /// The dispatches of each submission, in order; of more than one, only where a batch is too much work for it.
    parts: Vec<Range<usize>>,
}

/// One step of a program on a device.
#[derive(Debug)]
#[cfg_attr(
    target_family = "wasm",
    expect(dead_code, reason = "browsers blur their clocks, so nothing is timed")
)]
pub(super) struct Dispatch {
    pub op: &'static str,
    pub cost: Cost,
    /// The kernel's label.
    pub kernel: String,
    pub groups: [u32; 2],
    pipeline: ComputePipeline,
    operands: BindGroup,
}

impl Compiled {
    /// Makes what `program` needs in `storage`, and on the device.
    pub fn new(
        device: &Device,
        profile: &DeviceProfile,
        storage: &mut Storage,
        program: &Program,
    ) -> crate::error::Result<Self> {
        let program = joined(device, program);
        let plans = plan(&program, &device.limits, profile)?;
        let pipelines = device.pipelines(&plans)?;
        storage.make(device, program.buffers())?;
        let dispatch = |(plan, (pipeline, layout)): (&Plan, (ComputePipeline, Layout))| {
            let operands = bind(device, storage, plan, &layout);
            let kernel = plan.kernel.label();
            Dispatch { op: plan.op, cost: plan.cost, kernel, groups: plan.groups, pipeline, operands }
        };
        let bind_all = || Ok(plans.iter().zip(pipelines).map(dispatch).collect());
        let doing = format!("bind the buffers of program {}", program.name());
        let dispatches: Vec<Dispatch> = device.scoped::<_, GpuError>(&doing, bind_all)?;
        let label = format!("wgrad.{}", program.name());
        let work: Vec<f64> = dispatches.iter().map(|dispatch| work(dispatch.cost)).collect();
        let most = if profile.software { MOST_SOFTWARE_WORK } else { MOST_WORK };
        let (at_once, parts) = (batches_at_once(&work, most), parts(&work, most));
        Ok(Self { program, label, dispatches, at_once, parts })
    }
}

/// A program with as few steps as a device can do its work in.
pub(super) fn joined(device: &Device, program: &Program) -> Program {
    let most = device.limits.max_storage_buffers_per_shader_stage as usize;
    program.clone().merged(most).gathered(most, device.limits.max_storage_buffer_binding_size)
}

fn bind(device: &Device, storage: &Storage, plan: &Plan, layout: &Layout) -> BindGroup {
    let entry = |(place, operand): (u32, &super::limits::Operand)| {
        let (buffer, size) = (storage.made(operand.buffer), NonZeroU64::new(operand.size));
        let binding = wgpu::BufferBinding { buffer, offset: operand.start, size };
        wgpu::BindGroupEntry { binding: place, resource: wgpu::BindingResource::Buffer(binding) }
    };
    let entries: Vec<_> = (0..).zip(&plan.operands).map(entry).collect();
    device.wgpu.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(&plan.kernel.label()),
        layout: &layout.operands,
        entries: &entries,
    })
}

impl Dispatch {
    fn record(&self, pass: &mut ComputePass<'_>) {
        let [across, down] = self.groups;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.operands, &[]);
        pass.dispatch_workgroups(across, down, 1);
    }
}

fn work(cost: Cost) -> f64 {
    cost.flops.max(cost.bytes)
}

/// Batches of a submission, so that it is neither long nor tiny; `work` has that of each dispatch of a batch.
fn batches_at_once(work: &[f64], most: f64) -> usize {
    ((most / work.iter().sum::<f64>().max(1.0)) as usize).clamp(1, MOST_BATCHES)
}

/// The dispatches of a batch, cut where one more would be too much work for a submission.
fn parts(work: &[f64], most: f64) -> Vec<Range<usize>> {
    let (mut parts, mut first, mut sum) = (Vec::new(), 0, 0.0);
    for (number, work) in work.iter().enumerate() {
        sum += work;
        if sum > most && number > first {
            parts.push(first..number);
            (first, sum) = (number, *work);
        }
    }
    parts.push(first..work.len());
    parts
}

/// Hands programs to the device, batch by batch.
#[derive(Debug)]
pub(super) struct Runner {
    /// The values of a submission's batches, each in a slot of its own.
    table: wgpu::Buffer,
    batch: BindGroup,
    /// Bytes from a slot to the next.
    slot: usize,
    /// What goes to the table, kept so that a run allocates nothing.
    bytes: Vec<u8>,
    pub in_flight: InFlight,
}

impl Runner {
    pub fn new(device: &Device) -> Result<Self, GpuError> {
        device.scoped("make the table of batches", || Ok(Self::unchecked(device)))
    }

    fn unchecked(device: &Device) -> Self {
        let alignment = device.limits.min_uniform_buffer_offset_alignment as usize;
        let slot = BATCH_BYTES.next_multiple_of(alignment.max(1));
        let table = device.wgpu.create_buffer(&wgpu::BufferDescriptor {
            label: Some("wgrad.buffer.batches"),
            size: (slot * MOST_BATCHES) as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let size = NonZeroU64::new(BATCH_BYTES as u64);
        let resource = wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer: &table, offset: 0, size });
        let batch = device.wgpu.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("wgrad.batch"),
            layout: &device.pipelines.batch,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource }],
        });
        let bytes = vec![0; slot * MOST_BATCHES];
        Self { table, batch, slot, bytes, in_flight: InFlight::default() }
    }

    /// Runs a program for each batch, in order, and waits only where the device is far behind.
    pub fn run(&mut self, device: &Device, compiled: &Compiled, batches: &[Batch]) -> Result<(), GpuError> {
        for some in batches.chunks(compiled.at_once) {
            self.write(device, some)?;
            for part in &compiled.parts {
                let work = self.encode(device, compiled, part.clone(), some.len());
                self.submit(device, work)?;
            }
        }
        Ok(())
    }

    /// Hands work to the device, once it is not far behind.
    fn submit(&mut self, device: &Device, work: wgpu::CommandBuffer) -> Result<(), GpuError> {
        self.in_flight.make_room(device, MOST_IN_FLIGHT)?;
        self.in_flight.add(device, device.submit(Some(work))?);
        Ok(())
    }

    /// Puts batches in the table. Queues are ordered: submissions before this one still see the former values.
    fn write(&mut self, device: &Device, batches: &[Batch]) -> Result<(), GpuError> {
        for (slot, batch) in self.bytes.chunks_exact_mut(self.slot).zip(batches) {
            slot[..size_of::<Batch>()].copy_from_slice(bytemuck::bytes_of(batch));
        }
        device.write(&self.table, 0, &self.bytes[..batches.len() * self.slot])
    }

    fn encode(
        &self,
        device: &Device,
        compiled: &Compiled,
        part: Range<usize>,
        batches: usize,
    ) -> wgpu::CommandBuffer {
        let label = Some(compiled.label.as_str());
        let descriptor = wgpu::CommandEncoderDescriptor { label };
        let mut encoder = device.wgpu.create_command_encoder(&descriptor);
        let descriptor = wgpu::ComputePassDescriptor { label, timestamp_writes: None };
        let mut pass = encoder.begin_compute_pass(&descriptor);
        for offset in (0..batches).map(|number| number * self.slot) {
            pass.set_bind_group(1, &self.batch, &[offset as u32]);
            compiled.dispatches[part.clone()].iter().for_each(|dispatch| dispatch.record(&mut pass));
        }
        drop(pass);
        encoder.finish()
    }

    /// Runs a program for one batch, each dispatch in a pass of its own that the clock sees.
    #[cfg(not(target_family = "wasm"))]
    pub fn run_timed(
        &mut self,
        device: &Device,
        compiled: &Compiled,
        batch: &Batch,
        clock: &Clock,
    ) -> Result<(), GpuError> {
        self.write(device, std::slice::from_ref(batch))?;
        let label = Some(compiled.label.as_str());
        let encoder = || device.wgpu.create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
        for part in &compiled.parts {
            let mut encoder = encoder();
            for number in part.clone() {
                let timestamp_writes = Some(clock.of(number));
                let descriptor = wgpu::ComputePassDescriptor { label, timestamp_writes };
                let mut pass = encoder.begin_compute_pass(&descriptor);
                pass.set_bind_group(1, &self.batch, &[0]);
                compiled.dispatches[number].record(&mut pass);
            }
            self.submit(device, encoder.finish())?;
        }
        let mut encoder = encoder();
        clock.resolve(&mut encoder);
        self.submit(device, encoder.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::gpu::device::tests::open;
    use crate::ops::Dense;
    use crate::ops::activation::Activation;
    use crate::program::recorder::Recorder;
    use crate::program::tensor::Element;

    #[test]
    fn cuts_before_a_submission_is_too_much_work() {
        let ends = |work: &[f64]| parts(work, 10.0).iter().map(|part| part.end).collect::<Vec<_>>();
        assert_eq!(ends(&[]), [0]);
        assert_eq!(ends(&[3.0, 3.0, 4.0]), [3]);
        assert_eq!(parts(&[3.0, 3.0, 5.0, 6.0], 10.0), [0..2, 2..3, 3..4]);
        assert_eq!(parts(&[30.0, 1.0, 1.0, 30.0], 10.0), [0..1, 1..3, 3..4]);
        assert_eq!([batches_at_once(&[3.0, 3.0], 10.0), batches_at_once(&[3.0, 1.0], 10.0)], [1, 2]);
        assert_eq!([batches_at_once(&[30.0], 10.0), batches_at_once(&[], 100.0)], [1, MOST_BATCHES]);
    }

    /// Products of 134 MFLOP each.
    fn large() -> Program {
        let mut tape = Recorder::new("large", 256);
        let mut x = tape.batched("x", 512);
        for _ in 0..4 {
            let (weight, y) = (tape.tensor("weight", Element::Real, 512, 512), tape.batched("y", 512));
            tape.push(Dense { x, weight, y, activation: Activation::identity() });
            x = y;
        }
        tape.finish().unwrap()
    }

    #[test]
    fn no_submission_of_a_large_batch_is_more_work_than_is_promised() {
        let Some(device) = open() else { return };
        let compiled = |software| {
            let profile = DeviceProfile { software, ..Default::default() };
            Compiled::new(&device, &profile, &mut Storage::default(), &large()).unwrap()
        };
        let software = compiled(true);
        let of_part =
            |part: &Range<usize>| software.dispatches[part.clone()].iter().map(|one| work(one.cost));
        assert_eq!(software.parts, [0..1, 1..2, 2..3, 3..4]);
        assert!(software.parts.iter().all(|part| of_part(part).sum::<f64>() <= MOST_SOFTWARE_WORK));
        assert_eq!(compiled(false).parts.len(), 1);
        let mut runner = Runner::new(&device).unwrap();
        runner.run(&device, &software, &[Batch::of(256)]).unwrap();
        assert_eq!(runner.in_flight.len(), MOST_IN_FLIGHT);
    }
}
