//! Waiting for a device, as programs of an operating system may.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use futures_intrusive::channel::shared::oneshot_channel;
use wgpu::{Backends, DeviceType, DownlevelFlags, PollType, SubmissionIndex};

use super::adapter::instance;
use super::device::{Device, Scopes, lock, reported};
use super::readback::{Copy, Readback, bytes_of};
use crate::backend::Reading;
use crate::error::gpu::GpuError;
use crate::program::tensor::Tensor;

/// The interfaces in which adapters are looked for. OpenGL is started only where no native one fits: it loads a driver more.
pub(super) const INTERFACES: [Backends; 2] = [NATIVE, Backends::GL];

/// The interfaces made for computing on GPUs.
const NATIVE: Backends = Backends::VULKAN.union(Backends::METAL).union(Backends::DX12);

/// How long work may take. A submission is cut to a fraction of a second, so what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a device has yet to say of calls: nothing, as it says everything at once.
#[derive(Debug)]
pub(super) struct Owed;

impl Owed {
    pub fn new() -> Self {
        Self
    }

    /// Ends scopes; what the device has reported to this thread within them, `tell` makes an error of.
    pub fn settle<F>(&self, scopes: Scopes, tell: impl FnOnce(wgpu::Error) -> F) -> Result<(), GpuError>
    where
        F: Future<Output = GpuError>,
    {
        match scopes.error() {
            Some(error) => Err(pollster::block_on(tell(error))),
            None => Ok(()),
        }
    }

    /// The same of what is called something.
    pub fn settle_doing(&self, scopes: Scopes, doing: &str) -> Result<(), GpuError> {
        self.settle(scopes, async |error| reported(error, doing))
    }
}

impl Scopes {
    /// The first error within them.
    fn error(self) -> Option<wgpu::Error> {
        let errors = self.0.into_iter().rev().map(|scope| pollster::block_on(scope.pop()));
        errors.fold(None, Option::or)
    }
}

impl Device {
    /// Waits until a submission is done.
    pub fn wait(&self, index: &SubmissionIndex) -> Result<(), GpuError> {
        let start = Instant::now();
        let wait = || PollType::Wait { submission_index: Some(index.clone()), timeout: Some(PATIENCE) };
        // OpenGL gives up after four seconds.
        while !self.poll(wait())? {
            if start.elapsed() >= PATIENCE {
                return Err(GpuError::Timeout { seconds: PATIENCE.as_secs() });
            }
        }
        Ok(())
    }
}

/// The submissions that the device has yet to finish.
#[derive(Debug, Default)]
pub(super) struct InFlight(VecDeque<SubmissionIndex>);

impl InFlight {
    /// Waits until there are less than so many.
    pub fn make_room(&mut self, device: &Device, most: usize) -> Result<(), GpuError> {
        while self.0.len() >= most
            && let Some(oldest) = self.0.pop_front()
        {
            device.wait(&oldest)?;
        }
        Ok(())
    }

    /// Says that the device is not far behind, which it never is.
    pub fn caught_up(&mut self, _: &Device) -> Reading {
        Reading::ready(Vec::new())
    }

    /// One more.
    pub fn add(&mut self, _: &Device, index: SubmissionIndex) {
        self.0.push_back(index);
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Readback {
    /// What a tensor in a buffer holds, after all work before.
    pub fn read(
        &mut self,
        device: &Arc<Device>,
        buffer: &wgpu::Buffer,
        tensor: Tensor,
    ) -> Result<Reading, GpuError> {
        let bytes = bytes_of(tensor);
        self.with(device, buffer, bytes, |copy| copy.numbers(tensor.element)).map(Reading::ready)
    }

    /// What `values` makes of bytes of a buffer, after all work before.
    pub fn with<T>(
        &mut self,
        device: &Device,
        buffer: &wgpu::Buffer,
        bytes: Range<usize>,
        values: impl FnOnce(&Copy) -> Result<Vec<T>, GpuError>,
    ) -> Result<Vec<T>, GpuError> {
        let (copy, submitted) = self.copy(device, buffer, bytes)?;
        // Before mapping, which a lost device answers with a less telling error.
        device.wait(&submitted)?;
        let (sender, receiver) = oneshot_channel();
        copy.staging.map_async(wgpu::MapMode::Read, 0..copy.size, move |outcome| {
            // The receiver is gone only where this read has already failed.
            let _ = sender.send(outcome);
        });
        // Calls back.
        device.wait(&submitted)?;
        // Another thread's wait may have taken the answer, and be about to give it.
        copy.mapped(pollster::block_on(receiver.receive()))?;
        values(&copy)
    }
}

/// One thread at a time starts an interface: NVIDIA's driver for Linux fails where several do (gfx-rs/wgpu#5930), and tests that do
/// have hung in it.
static STARTING: Mutex<()> = Mutex::new(());

/// The native interfaces, started once for the same reason and never ended.
static NATIVE_INSTANCE: LazyLock<wgpu::Instance> = LazyLock::new(|| instance(NATIVE));

/// The adapters of some interfaces that can run kernels, the best first.
pub(super) async fn ranked(backends: Backends) -> Vec<wgpu::Adapter> {
    let _alone = lock(&STARTING);
    // An OpenGL instance has one context, which its devices would share.
    let instance = if backends == NATIVE { NATIVE_INSTANCE.clone() } else { instance(backends) };
    let mut adapters = pollster::block_on(instance.enumerate_adapters(backends));
    adapters.retain(|a| a.get_downlevel_capabilities().flags.contains(DownlevelFlags::COMPUTE_SHADERS));
    if backends == Backends::GL {
        adapters.retain(compiles);
    }
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    adapters
}

/// Whether an adapter takes a kernel. OpenGL's may say that they compute by an extension, in a version whose language has no
/// kernels: so does NVIDIA's driver, which gives 3.3 where that is asked for.
fn compiles(adapter: &wgpu::Adapter) -> bool {
    let descriptor = wgpu::DeviceDescriptor { required_limits: adapter.limits(), ..Default::default() };
    let Ok((device, _)) = pollster::block_on(adapter.request_device(&descriptor)) else { return false };
    let scopes = Scopes::push(&device);
    let compile = || {
        let source = wgpu::ShaderSource::Wgsl("@compute @workgroup_size(1) fn main() {}".into());
        let module =
            device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("wgrad.probe"), source });
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("wgrad.probe"),
            layout: None,
            module: &module,
            entry_point: None,
            compilation_options: Default::default(),
            cache: None,
        })
    };
    compile();
    scopes.error().is_none()
}

/// The lower the better.
fn rank(kind: DeviceType) -> u8 {
    match kind {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_discrete_first_and_software_last() {
        use DeviceType::{Cpu, DiscreteGpu, IntegratedGpu, Other, VirtualGpu};
        let mut kinds = [Cpu, Other, IntegratedGpu, VirtualGpu, DiscreteGpu];
        kinds.sort_by_key(|kind| rank(*kind));
        assert_eq!(kinds, [DiscreteGpu, IntegratedGpu, VirtualGpu, Other, Cpu]);
    }
}
