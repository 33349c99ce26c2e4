//! Kernels that do not compile, calls that do not fit, devices that are lost: errors, and never a panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wgrad::Real;
use wgrad::Recorder;
use wgrad::backend::gpu::GpuError;
use wgrad::backend::{Backend, Values};
use wgrad::kernel::{DeviceProfile, Kernel, Source};
use wgrad::op::{Op, Split, Use, Views};
use wgrad::program::{Batch, Program};
use wgrad::{Element, OpError, Tensor};
use wgrad::{Error, Result};

use crate::support::{adding, assert_works, foreign, gpu};

/// An op with any WGSL as its kernel.
#[derive(Clone, Debug)]
struct Custom {
    out: Tensor,
    text: &'static str,
}

impl Op for Custom {
    const NAME: &'static str = "custom";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::Out, self.out)]
    }

    fn check(&self) -> Result<(), OpError> {
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    fn cpu<T: Real>(&self, _: &mut Views<'_, T>) {}

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(Source { name: "custom.wgsl", text: self.text }, 1)
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

pub fn custom(text: &'static str) -> Program {
    let mut tape = Recorder::new("custom", 1);
    let out = tape.tensor("out", Element::Real, 1, 1);
    tape.push(Custom { out, text });
    tape.finish().unwrap()
}

const GOOD: &str = "@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64) fn main() { out[0] = 1.0; }";
pub const NOT_WGSL: &str = "// A comment.\nthis is not WGSL";
const UNKNOWN_NAME: &str = "@group(0) @binding(0) var<storage, read_write> out: array<f32>;\n\n
@compute @workgroup_size(64) fn main() { out[0] = nowhere; }";
const WRONG_TYPE: &str = "@group(0) @binding(0) var<storage, read_write> out: array<f32>;
fn f() -> f32 { if batch.rows > 0u { return 1.0; } }
@compute @workgroup_size(64) fn main() { out[0] = f(); }";
const NO_VALUE: &str = "@group(0) @binding(0) var<storage, read_write> out: array<f32>;
override SIZE: f32;
@compute @workgroup_size(64) fn main() { out[0] = SIZE; }";
const WRONG_ACCESS: &str = "@group(0) @binding(5) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64) fn main() { out[0] = 1.0; }";
pub const NO_MAIN: &str = "@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64) fn start() { out[0] = 1.0; }";

#[test]
fn a_kernel_that_does_not_compile_is_named_with_file_and_line() {
    let Some(mut gpu) = gpu() else { return };
    gpu.compile(&custom(GOOD)).unwrap();
    let faults = [
        (NOT_WGSL, "custom.wgsl:2:"),
        (UNKNOWN_NAME, "custom.wgsl:4:"),
        (WRONG_TYPE, "custom.wgsl:2:"),
        (NO_VALUE, "SIZE"),
        (WRONG_ACCESS, "binding"),
        (NO_MAIN, "main"),
    ];
    for (text, part) in faults {
        match gpu.compile(&custom(text)) {
            Err(Error::Gpu(GpuError::Kernel { step: 0, op: "custom", kernel, message })) => {
                assert_eq!(kernel, "wgrad.custom");
                assert!(message.contains(part), "{text} gives\n{message}\nwithout {part}");
            }
            other => panic!("{text} gives {other:?}"),
        }
        assert_works(&mut gpu);
    }
}

#[test]
fn the_first_of_several_bad_kernels_is_named() {
    let Some(mut gpu) = gpu() else { return };
    let mut tape = Recorder::new("several", 1);
    for text in [GOOD, NO_MAIN, NOT_WGSL, NO_VALUE] {
        let out = tape.tensor("out", Element::Real, 1, 1);
        tape.push(Custom { out, text });
    }
    // Modules are compiled before pipelines, so text that is not WGSL comes first.
    let error = gpu.compile(&tape.finish().unwrap());
    assert!(matches!(error, Err(Error::Gpu(GpuError::Kernel { step: 2, .. }))), "{error:?}");
}

#[test]
fn a_program_that_fails_leaves_no_buffer() {
    let Some(mut gpu) = gpu() else { return };
    let program = custom(NO_MAIN);
    let out = program.steps()[0].operands()[0].1;
    assert!(gpu.compile(&program).is_err());
    assert!(matches!(gpu.read(out), Err(Error::Transfer { .. })));
}

#[test]
fn programs_must_agree_on_the_buffers_that_they_share() {
    let Some(mut gpu) = gpu() else { return };
    let adding = adding(4);
    gpu.compile(&adding.program).unwrap();
    let mut buffers = adding.program.buffers().clone();
    buffers.values_mut().for_each(|info| info.len = 8);
    let mut tape = Recorder::new("larger", 1).share(&buffers);
    tape.push(wgrad::ops::AddTo { sum: adding.sum, part: adding.part });
    assert!(matches!(gpu.compile(&tape.finish().unwrap()), Err(Error::Transfer { .. })));
    assert_works(&mut gpu);
}

#[test]
fn calls_that_do_not_fit_are_errors() {
    let Some(mut gpu) = gpu() else { return };
    let adding = adding(4);
    assert!(matches!(gpu.read(adding.sum), Err(Error::Transfer { .. })));
    let id = gpu.compile(&adding.program).unwrap();
    assert!(matches!(gpu.write(adding.sum, Values::Real(&[1.0])), Err(Error::Transfer { .. })));
    assert!(matches!(gpu.write(adding.sum, Values::U32(&[1; 4])), Err(Error::Transfer { .. })));
    let outside = Tensor { start: 2, ..adding.sum };
    assert!(matches!(gpu.read(outside), Err(Error::Transfer { .. })));
    assert!(matches!(gpu.write(outside, Values::Real(&[1.0; 4])), Err(Error::Transfer { .. })));
    assert!(matches!(gpu.run(id, &[Batch::of(0)]), Err(Error::BatchSize { rows: 0, capacity: 1 })));
    assert!(matches!(gpu.run(id, &[Batch::of(2)]), Err(Error::BatchSize { rows: 2, capacity: 1 })));
    gpu.run(id, &[]).unwrap();
    let mut other = gpu.another().unwrap();
    let error = other.run(id, &[Batch::of(1)]);
    assert!(matches!(error, Err(Error::UnknownProgram)), "{error:?}");
    assert_works(&mut gpu);
}

#[test]
fn bytes_are_not_written_over_their_neighbours() {
    let Some(mut gpu) = gpu() else { return };
    let mut tape = Recorder::new("bytes", 1);
    let source = tape.tensor("source", Element::U8, 4, 3);
    let indices = tape.tensor("indices", Element::U32, 1, 1);
    let out = tape.batched("out", 3);
    tape.push(wgrad::ops::Gather { source, indices, out, scale: 1.0, labels: None });
    gpu.compile(&tape.finish().unwrap()).unwrap();
    gpu.write(source, Values::U8(&[1; 12])).unwrap();
    assert!(matches!(gpu.write(source.row_range(0..1), Values::U8(&[1; 3])), Err(Error::Transfer { .. })));
    assert!(matches!(gpu.write(source.row_range(1..4), Values::U8(&[1; 9])), Err(Error::Transfer { .. })));
    assert!(matches!(gpu.read(source), Err(Error::Transfer { .. })));
}

#[test]
fn a_lost_device_is_an_error_in_every_call() {
    let Some(foreign) = foreign(|_| {}) else { return };
    let mut gpu = foreign.gpu();
    let adding = adding(4);
    let id = gpu.compile(&adding.program).unwrap();
    adding.fill(&mut gpu).unwrap();
    gpu.run(id, &[Batch::of(1)]).unwrap();
    foreign.device.destroy();
    let is_lost = |result: Result<()>| match result {
        Err(Error::Gpu(GpuError::DeviceLost { .. })) => {}
        other => panic!("{other:?}"),
    };
    is_lost(gpu.run(id, &[Batch::of(1)]));
    is_lost(gpu.read(adding.sum).map(drop));
    is_lost(adding.fill(&mut gpu));
    is_lost(gpu.compile(&crate::support::adding(9).program).map(drop));
    is_lost(gpu.run(id, &[Batch::of(1); 200]));
}

#[test]
fn the_caller_s_handler_hears_of_the_caller_s_errors_only() {
    let Some(foreign) = foreign(|_| {}) else { return };
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = heard.clone();
    foreign.device.on_uncaptured_error(Arc::new(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    }));
    let mut gpu = foreign.gpu();
    for text in [NOT_WGSL, NO_MAIN, NO_VALUE] {
        assert!(gpu.compile(&custom(text)).is_err());
    }
    assert_works(&mut gpu);
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    let size = foreign.device.limits().max_buffer_size + 1;
    let usage = wgpu::BufferUsages::STORAGE;
    let descriptor = wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false };
    drop(foreign.device.create_buffer(&descriptor));
    assert_eq!(heard.load(Ordering::SeqCst), 1);
    assert_works(&mut gpu);
}
