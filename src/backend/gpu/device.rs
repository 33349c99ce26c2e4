//! The device that several backends may share, and how its failures become errors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wgpu::{ErrorFilter, ErrorScopeGuard, Features, Limits, PollError, PollType, SubmissionIndex};

use super::adapter::{AdapterChoice, AdapterInfo, Chosen, OPENGL, choose};
use super::cache::{self, Cache};
use super::limits::check_device;
use super::pipelines::Pipelines;
use super::platform::Owed;
use crate::error::gpu::GpuError;

/// What a device of our own is asked for where the adapter has it.
const WANTED: Features =
    Features::TIMESTAMP_QUERY.union(Features::SHADER_F16).union(Features::PIPELINE_CACHE);

/// A wgpu device with its queue and the kernels compiled for it.
#[derive(Debug)]
pub(super) struct Device {
    pub wgpu: wgpu::Device,
    pub queue: wgpu::Queue,
    pub limits: Limits,
    pub adapter: AdapterInfo,
    /// A line to print, if the name that was asked for means other adapters as well.
    pub note: Option<String>,
    pub pipelines: Pipelines,
    /// What it has yet to say of calls that were made.
    pub owed: Owed,
    fault: Fault,
    /// OpenGL has one context, and wgpu panics in a thread that has waited six seconds for it.
    turns: Option<Mutex<()>>,
}

/// Error scopes around calls to a device: what it reports of them reaches no handler.
pub(super) struct Scopes(pub [ErrorScopeGuard; 3]);

impl Scopes {
    /// Begins them.
    pub fn push(device: &wgpu::Device) -> Self {
        let filters = [ErrorFilter::Internal, ErrorFilter::Validation, ErrorFilter::OutOfMemory];
        Self(filters.map(|filter| device.push_error_scope(filter)))
    }
}

/// The first error that reached no error scope, until a call returns it; a lost device for ever.
type Fault = Arc<Mutex<Option<GpuError>>>;

impl Device {
    /// A device of the best adapter that `choice` allows.
    pub async fn open(choice: &AdapterChoice) -> Result<Self, GpuError> {
        Self::open_with(choice, cache::folder().as_deref()).await
    }

    /// The same, with compiled pipelines kept in a folder.
    async fn open_with(choice: &AdapterChoice, caches: Option<&Path>) -> Result<Self, GpuError> {
        let Chosen { adapter, note } = choose(choice).await?;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("wgrad"),
            required_features: adapter.features() & WANTED,
            required_limits: generous(&adapter.limits()),
            ..Default::default()
        };
        let opened = adapter.request_device(&descriptor).await;
        let (device, queue) = opened.map_err(|error| {
            let adapter = AdapterInfo::of(&adapter.get_info()).to_string();
            GpuError::NoDevice { adapter, why: error.to_string() }
        })?;
        let fault = Fault::default();
        listen(&device, &fault);
        let owed = Owed::new();
        let scopes = Scopes::push(&device);
        let cache = Cache::open(&device, caches);
        let settled = owed.settle_doing(scopes, "keep kernels");
        let cache = cache.filter(|_| settled.is_ok());
        Ok(Self { note, ..Self::new(device, queue, fault, cache, owed)? })
    }

    /// The caller's own device, whose handlers stay as they are.
    pub fn of(device: wgpu::Device, queue: wgpu::Queue) -> Result<Self, GpuError> {
        Self::new(device, queue, Fault::default(), None, Owed::new())
    }

    fn new(
        device: wgpu::Device,
        queue: wgpu::Queue,
        fault: Fault,
        cache: Option<Cache>,
        owed: Owed,
    ) -> Result<Self, GpuError> {
        let limits = device.limits();
        check_device(&limits)?;
        let adapter = AdapterInfo::of(&device.adapter_info());
        let scopes = Scopes::push(&device);
        let pipelines = Pipelines::new(&device, cache);
        owed.settle_doing(scopes, "lay out a batch")?;
        log::info!("opened {adapter}");
        let turns = (adapter.api == OPENGL).then(Mutex::default);
        Ok(Self { wgpu: device, queue, limits, adapter, note: None, pipelines, owed, fault, turns })
    }

    /// Waits for this thread's turn, where the device serves one thread at a time.
    pub fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        self.turns.as_ref().map(lock)
    }

    /// Whether threads may call the device at once.
    pub fn parallel(&self) -> bool {
        self.turns.is_none()
    }

    /// Whether kernels may use `f16`.
    pub fn has_f16(&self) -> bool {
        self.wgpu.features().contains(Features::SHADER_F16)
    }

    /// Does `work`, and gives the first error that the device reported to this thread meanwhile.
    ///
    /// Error scopes leave the handlers of whoever else uses the device alone.
    pub fn scoped<T, E: From<GpuError>>(
        &self,
        doing: &str,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.check()?;
        let scopes = Scopes::push(&self.wgpu);
        let outcome = work();
        let settled = self.owed.settle_doing(scopes, doing);
        self.check()?;
        settled?;
        outcome
    }

    /// Writes to a buffer before the work that is submitted next; `start` and the number of bytes are whole words.
    pub fn write(&self, buffer: &wgpu::Buffer, start: u64, bytes: &[u8]) -> Result<(), GpuError> {
        let Some(size) = wgpu::BufferSize::new(bytes.len() as u64) else { return Ok(()) };
        // A lost device has no place for the values; other reasons are reported, and then this one is not returned.
        let place = self.queue.write_buffer_with(buffer, start, size);
        place.ok_or_else(|| lost("it takes no values"))?.copy_from_slice(bytes);
        Ok(())
    }

    /// Hands work to the device, and with it everything that was written to its buffers before.
    pub fn submit(&self, work: Option<wgpu::CommandBuffer>) -> Result<SubmissionIndex, GpuError> {
        let index = self.guarded(|| self.queue.submit(work))?;
        // Frees what finished work used, and hears of a loss.
        self.poll(PollType::Poll)?;
        self.check()?;
        Ok(index)
    }

    /// Whether what was waited for came in time.
    ///
    /// A time limit must be one that only a device that hangs can exceed: where it runs out while another thread
    /// polls, wgpu may panic, and forget that a buffer was mapped.
    pub(super) fn poll(&self, how: PollType) -> Result<bool, GpuError> {
        match self.guarded(|| self.wgpu.poll(how))? {
            Ok(_) => Ok(true),
            Err(PollError::Timeout) => Ok(false),
            // A lost device refuses work without an error, and then does not know the submission's number.
            Err(PollError::WrongSubmissionIndex(..)) => Err(lost("it takes no more work")),
        }
    }

    /// Calls wgpu, which panics where the driver says that the device is gone.
    fn guarded<T>(&self, call: impl FnOnce() -> T) -> Result<T, GpuError> {
        let failed = |_| lock(&self.fault).get_or_insert(lost("its driver failed")).clone();
        catch_unwind(AssertUnwindSafe(call)).map_err(failed)
    }

    pub(super) fn check(&self) -> Result<(), GpuError> {
        let mut fault = lock(&self.fault);
        match &*fault {
            None => Ok(()),
            Some(lost @ GpuError::DeviceLost { .. }) => Err(lost.clone()),
            Some(_) => fault.take().map_or(Ok(()), Err),
        }
    }
}

/// The default limits, raised to the adapter's where kernels and buffers profit; alignments stay at 256 bytes, so
/// that a program that fits one device fits all.
fn generous(adapter: &Limits) -> Limits {
    Limits {
        max_buffer_size: adapter.max_buffer_size,
        max_storage_buffer_binding_size: adapter.max_storage_buffer_binding_size,
        max_storage_buffers_per_shader_stage: adapter.max_storage_buffers_per_shader_stage,
        max_compute_workgroup_storage_size: adapter.max_compute_workgroup_storage_size,
        max_compute_invocations_per_workgroup: adapter.max_compute_invocations_per_workgroup,
        max_compute_workgroup_size_x: adapter.max_compute_workgroup_size_x,
        max_compute_workgroups_per_dimension: adapter.max_compute_workgroups_per_dimension,
        ..Limits::downlevel_defaults().or_worse_values_from(adapter)
    }
}

/// Keeps the first error of a device that is ours alone, where wgpu would panic.
fn listen(device: &wgpu::Device, fault: &Fault) {
    let kept = fault.clone();
    device.on_uncaptured_error(Arc::new(move |error| {
        lock(&kept).get_or_insert(reported(error, "do its work"));
    }));
    let kept = fault.clone();
    device.set_device_lost_callback(move |reason, message| {
        *lock(&kept) = Some(lost(&format!("{reason:?} {message}")));
    });
}

fn lost(message: &str) -> GpuError {
    GpuError::DeviceLost { message: message.trim().to_string() }
}

pub(super) fn reported(error: wgpu::Error, doing: &str) -> GpuError {
    let doing = doing.to_string();
    match error {
        wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory { doing },
        wgpu::Error::Validation { description: message, .. }
        | wgpu::Error::Internal { description: message, .. } => GpuError::Device { doing, message },
    }
}

/// Locks what stays whole whatever happens while it is locked.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A device of our own; `None` and a line on stderr where there is no adapter and none is required.
    pub fn open() -> Option<Device> {
        open_with(None)
    }

    /// The same, with compiled pipelines kept in a folder.
    pub fn open_with(caches: Option<&Path>) -> Option<Device> {
        use std::io::Write;
        match pollster::block_on(Device::open_with(&AdapterChoice { name: None, software: true }, caches)) {
            Ok(device) => Some(device),
            Err(why) if std::env::var("WGRAD_GPU").is_ok_and(|value| value == "require") => panic!("{why}"),
            Err(why) => {
                writeln!(std::io::stderr(), "a GPU test is skipped: {why}").ok()?;
                None
            }
        }
    }

    #[test]
    fn a_device_of_our_own_that_is_lost_stays_lost() {
        let Some(device) = open() else { return };
        let nothing = |device: &Device| device.scoped("do nothing", || Ok::<_, GpuError>(()));
        assert_eq!(device.submit(None).and_then(|index| device.wait(&index)), Ok(()));
        device.wgpu.destroy();
        assert!(matches!(device.submit(None), Err(GpuError::DeviceLost { .. })));
        assert!(matches!(nothing(&device), Err(GpuError::DeviceLost { .. })));
        assert!(matches!(nothing(&device), Err(GpuError::DeviceLost { .. })));
    }

    #[test]
    fn what_a_device_reports_says_what_to_do() {
        let source = || Box::from("why");
        let memory = reported(wgpu::Error::OutOfMemory { source: source() }, "make buffer x");
        assert_eq!(memory, GpuError::OutOfMemory { doing: "make buffer x".into() });
        let internal = wgpu::Error::Internal { source: source(), description: "it is hot".into() };
        for (error, parts) in [
            (memory, ["make buffer x", "use smaller batches"]),
            (reported(internal, "run a program"), ["run a program: it is hot", "update the driver"]),
            (lost("it burns"), ["it burns", "make a new one and go on from a checkpoint"]),
        ] {
            assert!(parts.iter().all(|part| error.to_string().contains(part)), "{error}");
        }
    }

    #[test]
    fn an_error_that_no_call_caught_is_told_once() {
        let Some(device) = open() else { return };
        let nothing = || device.scoped("do nothing", || Ok::<_, GpuError>(()));
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::STORAGE;
        let descriptor = wgpu::BufferDescriptor { label: None, size: 4, usage, mapped_at_creation: false };
        let wrong = || device.wgpu.create_buffer(&descriptor);
        drop(wrong());
        assert!(matches!(nothing(), Err(GpuError::Device { .. })));
        assert_eq!(nothing(), Ok(()));
        let caught = device.scoped("make a buffer", || Ok::<_, GpuError>(wrong()));
        assert!(matches!(caught, Err(GpuError::Device { doing, .. }) if doing == "make a buffer"));
        assert_eq!(nothing(), Ok(()));
    }
}
