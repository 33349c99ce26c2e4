//! The device that the tests share, and small programs to run on it.

use std::io::Write;
use std::sync::{Mutex, OnceLock};

use wgrad::Recorder;
use wgrad::Result;
use wgrad::backend::gpu::{AdapterChoice, AdapterInfo, Gpu};
use wgrad::backend::{Backend, ProgramId, Values};
use wgrad::op::MAX_OPERANDS;
use wgrad::ops::AddTo;
use wgrad::program::Program;
use wgrad::{Element, Optimizer, Tensor};

/// The environment variable that gives the tests' device no more than some limits: `default` for WebGPU's, `downlevel`
/// for those of weak devices.
const LIMITS: &str = "WGRAD_LIMITS";

/// A backend with buffers of its own on the tests' device; `None` and a line on stderr where there is no adapter.
pub fn gpu() -> Option<Gpu> {
    static SHARED: OnceLock<Option<Mutex<Gpu>>> = OnceLock::new();
    let open = || match open() {
        Ok(gpu) => Some(Mutex::new(gpu)),
        Err(why) if std::env::var("WGRAD_GPU").is_ok_and(|value| value == "require") => panic!("{why}"),
        Err(why) => {
            // Unlike that of eprintln, this line shows although the tests pass.
            let line = format!("the GPU tests are skipped: {why}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            None
        }
    };
    Some(SHARED.get_or_init(open).as_ref()?.lock().unwrap().another().unwrap())
}

fn open() -> Result<Gpu> {
    let gpu = Gpu::new(&AdapterChoice { name: None, software: true })?;
    match std::env::var(LIMITS).as_deref() {
        Err(_) => Ok(gpu),
        Ok("default") => Ok(limited(gpu.adapter(), wgpu::Limits::default()).gpu()),
        Ok("downlevel") => Ok(limited(gpu.adapter(), wgpu::Limits::downlevel_defaults()).gpu()),
        Ok(other) => panic!("{LIMITS} is {other}, which is neither default nor downlevel"),
    }
}

/// Buffers that a kernel of the tests' device can bind.
pub fn bindings() -> usize {
    let few = std::env::var(LIMITS).is_ok_and(|limits| limits == "downlevel");
    if few {
        wgpu::Limits::downlevel_defaults().max_storage_buffers_per_shader_stage as usize
    } else {
        MAX_OPERANDS
    }
}

/// Adam, or RMSprop where its kernel's five buffers cannot be bound.
pub fn adam(rate: f32) -> Optimizer {
    if bindings() < 5 { Optimizer::rms_prop(rate) } else { Optimizer::adam(rate) }
}

/// A device that is not wgrad's.
pub struct Foreign {
    pub instance: wgpu::Instance,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

/// A device of the tests' adapter, with the limits of weak devices, but 8 bindings, as `change` leaves them.
pub fn foreign(change: impl FnOnce(&mut wgpu::Limits)) -> Option<Foreign> {
    let gpu = gpu()?;
    let mut limits = wgpu::Limits::downlevel_defaults();
    limits.max_storage_buffers_per_shader_stage = 8;
    change(&mut limits);
    Some(limited(gpu.adapter(), limits))
}

fn limited(adapter: &AdapterInfo, limits: wgpu::Limits) -> Foreign {
    // NVIDIA's driver for Linux fails where threads start interfaces at the same time.
    static STARTING: Mutex<()> = Mutex::new(());
    let _alone = STARTING.lock().unwrap();
    let opengl = adapter.api == "OpenGL";
    let backends = if opengl { wgpu::Backends::GL } else { wgpu::Backends::all() - wgpu::Backends::GL };
    let descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor { backends, ..descriptor });
    let adapters = pollster::block_on(instance.enumerate_adapters(backends));
    let same = |found: &wgpu::Adapter| found.get_info().name == adapter.name;
    let adapter = adapters.into_iter().find(same).expect("the tests' adapter");
    let descriptor = wgpu::DeviceDescriptor { required_limits: limits, ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&descriptor)).unwrap();
    Foreign { instance, device, queue }
}

impl Foreign {
    pub fn gpu(&self) -> Gpu {
        Gpu::from_device(self.device.clone(), self.queue.clone()).unwrap()
    }
}

/// A backend whose device does nothing, and takes no time for it.
pub fn noop() -> Gpu {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::NOOP;
    descriptor.backend_options.noop = wgpu::NoopBackendOptions::enabled();
    let adapters = wgpu::Instance::new(descriptor).enumerate_adapters(wgpu::Backends::NOOP);
    let adapter = pollster::block_on(adapters).remove(0);
    let required_limits = wgpu::Limits { min_storage_buffer_offset_alignment: 256, ..adapter.limits() };
    let descriptor = wgpu::DeviceDescriptor { required_limits, ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&descriptor)).unwrap();
    Gpu::from_device(device, queue).unwrap()
}

/// A program that adds `part` to `sum`, both 1 × `len`.
pub struct Adding {
    pub program: Program,
    pub sum: Tensor,
    pub part: Tensor,
}

pub fn adding(len: usize) -> Adding {
    let mut tape = Recorder::new("adding", 1);
    let [sum, part] = ["sum", "part"].map(|name| tape.tensor(name, Element::Real, 1, len));
    tape.push(AddTo { sum, part });
    Adding { program: tape.finish().unwrap(), sum, part }
}

impl Adding {
    /// Compiles it, and adds 2 to 1.
    pub fn run(&self, gpu: &mut Gpu) -> Result<Vec<f32>> {
        let program = gpu.compile(&self.program)?;
        self.fill(gpu)?;
        self.add(gpu, program)
    }

    pub fn fill(&self, gpu: &mut Gpu) -> Result<()> {
        gpu.write(self.sum, Values::Real(&vec![1.0; self.sum.len()]))?;
        gpu.write(self.part, Values::Real(&vec![2.0; self.part.len()]))
    }

    pub fn add(&self, gpu: &mut Gpu, program: ProgramId) -> Result<Vec<f32>> {
        gpu.run(program, &[wgrad::program::Batch::of(1)])?;
        gpu.read(self.sum)
    }
}

/// That the backend still works after a fault.
pub fn assert_works(gpu: &mut Gpu) {
    assert_eq!(adding(5).run(gpu).unwrap(), [3.0; 5]);
}
