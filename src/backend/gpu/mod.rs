//! The GPU backend: programs as compute passes, through wgpu, on Vulkan, Metal, DX12 or OpenGL.
//!
//! `compile` makes every buffer, pipeline and bind group; `run` records one compute pass for many batches and
//! allocates nothing for each; `read` waits. Whatever the device or its driver reports is a [`GpuError`].

mod adapter;
mod buffers;
mod cache;
mod device;
mod limits;
#[cfg(not(target_family = "wasm"))]
mod native;
mod pipelines;
mod readback;
mod run;
// Browsers blur their clocks.
#[cfg(not(target_family = "wasm"))]
mod timing;
#[cfg(target_family = "wasm")]
mod web;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use crate::error::gpu::GpuError;
use adapter::DISCRETE;
pub use adapter::{ADAPTER_VARIABLE, AdapterChoice, AdapterInfo, adapters, adapters_async};
use buffers::Storage;
use device::Device;
#[cfg(not(target_family = "wasm"))]
use native as platform;
use readback::Readback;
use run::{Compiled, Runner};
#[cfg(target_family = "wasm")]
use web as platform;

use super::{Backend, BackendInfo, ProgramId, Reading, Values, check_batches, wait};
#[cfg(not(target_family = "wasm"))]
use crate::backend::timeline::Timed;
use crate::error::{Error, Result};
use crate::program::kernel::DeviceProfile;
use crate::program::op::MAX_OPERANDS;
use crate::program::tensor::{Element, Tensor};
use crate::program::{Batch, Program};

/// A backend on a graphics processor.
///
/// ```
/// use wgrad::Error;
/// use wgrad::backend::Backend;
/// use wgrad::backend::gpu::{AdapterChoice, Gpu, GpuError};
///
/// match Gpu::new(&AdapterChoice::default()) {
///     Ok(gpu) => assert_eq!(gpu.info().backend, "gpu"),
///     Err(Error::Gpu(GpuError::NoAdapter { .. })) => println!("there is no GPU; train on the CPU"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct Gpu {
    device: Arc<Device>,
    profile: DeviceProfile,
    storage: Storage,
    programs: BTreeMap<usize, Compiled>,
    compiled: usize,
    runner: Runner,
    readback: Readback,
}

impl Gpu {
    /// A backend on the best adapter that `choice` allows, with a device of its own.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], [`GpuError::NoDevice`], and [`GpuError::Limit`] for a device too weak for any kernel.
    pub fn new(choice: &AdapterChoice) -> Result<Self> {
        wait("Gpu::open_async", Self::open_async(choice))
    }

    /// [`new`](Gpu::new) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn open_async(choice: &AdapterChoice) -> Result<Self> {
        Self::on(Arc::new(Device::open(choice).await?))
    }

    /// A backend on a device that the caller already has: a game's, or a window's.
    ///
    /// The device's handlers of uncaptured errors and of its loss stay as they are: the backend catches the errors of
    /// its own calls. The device offers a program what it was requested with, so raise `max_buffer_size` and
    /// `max_storage_buffer_binding_size` to the adapter's for large datasets, and
    /// `max_storage_buffers_per_shader_stage` to at least [`MAX_OPERANDS`].
    ///
    /// # Errors
    /// [`GpuError::Limit`] for a device too weak for any kernel.
    pub fn from_device(device: wgpu::Device, queue: wgpu::Queue) -> Result<Self> {
        Self::on(Arc::new(Device::of(device, queue)?))
    }

    /// A further backend on the same device, with the kernels compiled so far and with buffers of its own.
    ///
    /// # Errors
    /// A device that was lost.
    pub fn another(&self) -> Result<Self> {
        Ok(Self::on(self.device.clone())?.with_profile(self.profile))
    }

    /// The same, where programs are compiled for another kind of device than this one: for tests of the kernels that
    /// it would not choose.
    #[must_use]
    pub fn with_profile(self, profile: DeviceProfile) -> Self {
        Self { profile, ..self }
    }

    fn on(device: Arc<Device>) -> Result<Self> {
        let turn = device.turn();
        let runner = Runner::new(&device)?;
        drop(turn);
        let (storage, readback) = (Storage::default(), Readback::default());
        let AdapterInfo { software, kind, .. } = device.adapter;
        // lavapipe takes half as long again with its own f16 as with packed halves.
        let f16 = device.has_f16() && !software;
        let profile = DeviceProfile { software, f16, discrete: kind == DISCRETE };
        Ok(Self { device, profile, storage, programs: BTreeMap::new(), compiled: 0, runner, readback })
    }

    /// The adapter in use.
    pub fn adapter(&self) -> &AdapterInfo {
        &self.device.adapter
    }

    /// A line to print, if the name that was asked for means other adapters as well.
    pub fn note(&self) -> Option<&str> {
        self.device.note.as_deref()
    }

    /// Whether its kernels may use WGSL's `f16`, which software adapters are slow at.
    pub fn has_f16(&self) -> bool {
        self.device.has_f16()
    }
}

impl Backend for Gpu {
    fn info(&self) -> BackendInfo {
        BackendInfo::new("gpu", self.device.adapter.to_string())
    }

    fn profile(&self) -> DeviceProfile {
        self.profile
    }

    fn most_operands(&self) -> usize {
        MAX_OPERANDS.min(self.device.limits.max_storage_buffers_per_shader_stage as usize)
    }

    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        let device = &*self.device;
        let _turn = device.turn();
        // Buffers made for a program that then fails go with this copy.
        let mut storage = self.storage.clone();
        let doing = format!("compile program {}", program.name());
        let compiled = device.scoped(&doing, || {
            let compiled = Compiled::new(device, &self.profile, &mut storage, program)?;
            // A lost device makes all this without an error, and fails here.
            device.wait(&device.submit(None)?)?;
            Ok::<_, Error>(compiled)
        })?;
        let (steps, dispatches) = (program.steps().len(), compiled.dispatches.len());
        log::debug!("compiled {}: {steps} steps in {dispatches} dispatches", program.name());
        self.storage = storage;
        self.compiled += 1;
        self.programs.insert(self.compiled, compiled);
        Ok(ProgramId(self.compiled))
    }

    // A browser has one thread for it, and would tell of what does not compile in the wrong place.
    #[cfg(not(target_family = "wasm"))]
    fn prepare(&mut self, programs: &[Program]) {
        let device = &*self.device;
        let _turn = device.turn();
        let plans = |one| limits::plan(&run::joined(device, one), &device.limits, &self.profile).ok();
        let plans: Vec<_> = programs.iter().filter_map(plans).flatten().collect();
        device.prepare(plans);
    }

    fn dispatches(&self, program: ProgramId) -> usize {
        self.programs.get(&program.0).map_or(0, |compiled| compiled.dispatches.len())
    }

    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        let device = &*self.device;
        let _turn = device.turn();
        device.scoped(&format!("write a {tensor} tensor"), || self.storage.write(device, tensor, values))
    }

    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        let compiled = self.programs.get(&program.0).ok_or(Error::UnknownProgram)?;
        check_batches(&compiled.program, batches)?;
        let (device, runner) = (&*self.device, &mut self.runner);
        let _turn = device.turn();
        Ok(device.scoped("run a program", || runner.run(device, compiled, batches))?)
    }

    #[cfg(not(target_family = "wasm"))]
    fn times(&mut self, program: ProgramId, batches: &[Batch]) -> Result<Option<Vec<Timed>>> {
        let compiled = self.programs.get(&program.0).ok_or(Error::UnknownProgram)?;
        check_batches(&compiled.program, batches)?;
        let (device, runner) = (&*self.device, &mut self.runner);
        let _turn = device.turn();
        Ok(device.scoped("time a program", || timing::measure(device, runner, compiled, batches))?)
    }

    fn release(&mut self, program: ProgramId) {
        let _turn = self.device.turn();
        self.programs.remove(&program.0);
        let used = |id| self.programs.values().any(|compiled| compiled.program.buffers().contains_key(&id));
        self.storage.keep(used);
    }

    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        wait("read_later", async { self.read_later(tensor)?.await })
    }

    fn read_later(&mut self, tensor: Tensor) -> Result<Reading> {
        if tensor.element == Element::U8 {
            return Err(Error::Transfer { why: format!("reads no bytes, which {tensor} holds") });
        }
        let _turn = self.device.turn();
        let buffer = self.storage.of(tensor)?;
        let doing = format!("read a {tensor} tensor");
        let read = || self.readback.read(&self.device, buffer, tensor);
        Ok(self.device.scoped(&doing, read)?)
    }

    fn caught_up(&mut self) -> Result<Reading> {
        Ok(self.runner.in_flight.caught_up(&self.device))
    }

    fn another(&self) -> Result<Box<dyn Backend>> {
        Ok(Box::new(Gpu::another(self)?))
    }
}
