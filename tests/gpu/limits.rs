//! Limits of the device: found in `compile`, with the numbers, and without harm.

use wgrad::Error;
use wgrad::Recorder;
use wgrad::backend::Backend;
use wgrad::backend::gpu::{Gpu, GpuError};
use wgrad::ops::AddTo;
use wgrad::{Element, Tensor};

use crate::support::{adding, assert_works, foreign, gpu};

fn refused(gpu: &mut Gpu, len: usize) -> GpuError {
    match gpu.compile(&adding(len).program) {
        Err(Error::Gpu(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_buffer_over_the_limit() {
    let Some(foreign) = foreign(|limits| limits.max_buffer_size = 1 << 20) else { return };
    let mut gpu = foreign.gpu();
    let error = refused(&mut gpu, (1 << 18) + 1);
    let (name, needed, limit) = ("max_buffer_size", (1 << 20) + 4, 1 << 20);
    assert_eq!(error, GpuError::Limit { what: "buffer sum".into(), name, needed, limit });
    assert!(["1048580", "1048576", "sum"].iter().all(|part| error.to_string().contains(part)), "{error}");
    assert_works(&mut gpu);
}

#[test]
fn a_binding_over_the_limit() {
    let Some(foreign) = foreign(|limits| limits.max_storage_buffer_binding_size = 4_096) else { return };
    let mut gpu = foreign.gpu();
    assert_eq!(adding(1_024).run(&mut gpu).unwrap(), [3.0; 1_024]);
    let error = refused(&mut gpu, 1_025);
    let what = "step 0, add_to: its 1×1025 tensor in buffer sum".into();
    let name = "max_storage_buffer_binding_size";
    assert_eq!(error, GpuError::Limit { what, name, needed: 4_100, limit: 4_096 });
    assert_works(&mut gpu);
}

#[test]
fn a_buffer_larger_than_any_memory() {
    let Some(mut gpu) = gpu() else { return };
    assert!(matches!(refused(&mut gpu, usize::MAX / 8), GpuError::Limit { .. }));
    assert_works(&mut gpu);
}

#[test]
fn more_storage_buffers_than_the_device_binds() {
    let Some(foreign) = foreign(|limits| limits.max_storage_buffers_per_shader_stage = 1) else { return };
    let mut gpu = foreign.gpu();
    let name = "max_storage_buffers_per_shader_stage";
    let what = "step 0, add_to".into();
    assert_eq!(refused(&mut gpu, 5), GpuError::Limit { what, name, needed: 2, limit: 1 });
}

#[test]
fn more_workgroups_than_two_dimensions_hold() {
    let Some(foreign) = foreign(|limits| limits.max_compute_workgroups_per_dimension = 4) else { return };
    let mut gpu = foreign.gpu();
    // By fours, but where the number is none of fours.
    assert_eq!(adding(16 * 256).run(&mut gpu).unwrap(), [3.0; 16 * 256]);
    assert_eq!(adding(9 * 64 - 5).run(&mut gpu).unwrap(), [3.0; 9 * 64 - 5]);
    let GpuError::Limit { needed, limit, .. } = refused(&mut gpu, 17 * 256) else { panic!("another error") };
    assert_eq!((needed, limit), (5, 4));
}

#[test]
fn a_device_too_weak_for_a_workgroup() {
    let Some(foreign) = foreign(|limits| limits.max_compute_workgroup_size_x = 32) else { return };
    match Gpu::from_device(foreign.device, foreign.queue) {
        Err(Error::Gpu(error @ GpuError::Limit { needed: 64, limit: 32, .. })) => {
            assert!(!error.to_string().contains("smaller"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_tensor_that_starts_where_none_can_be_bound() {
    let Some(mut gpu) = gpu() else { return };
    let at = |start: usize| {
        let mut tape = Recorder::new("misaligned", 1);
        let arena = tape.tensor("arena", Element::Real, 1, 200);
        let part = tape.tensor("part", Element::Real, 1, 8);
        tape.push(AddTo { sum: Tensor { start, cols: 8, ..arena }, part });
        tape.finish().unwrap()
    };
    match gpu.compile(&at(3)) {
        Err(Error::Gpu(GpuError::Alignment {
            step: 0,
            op: "add_to",
            shape,
            buffer,
            start: 12,
            alignment,
        })) => {
            assert_eq!((shape.as_str(), buffer.as_str(), alignment), ("1×8", "arena", 256));
        }
        other => panic!("{other:?}"),
    }
    gpu.compile(&at(64)).unwrap();
    assert_works(&mut gpu);
}
