//! Every op of the catalogue: the GPU against the CPU, and the CPU's two precisions against each other.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use wgrad::backend::gpu::GpuError;
use wgrad::backend::{Backend, Cpu};
use wgrad::kernel::DeviceProfile;
use wgrad::ops::{catalogue, catalogue_of_rows, half_catalogue};
use wgrad::program::Program;
use wgrad::self_check::check_programs;
use wgrad::{Error, SelfCheck};

use crate::devices::{Broken, Fault};
use crate::support::{bindings, gpu};

/// One sample, a prime number of them, and more than a tile or a workgroup takes.
const CAPACITIES: [usize; 3] = [1, 13, 67];

fn check(device: impl Backend + 'static, capacity: usize) -> SelfCheck {
    check_programs(device, &catalogue(capacity).unwrap()).unwrap()
}

fn names(capacity: usize) -> BTreeSet<&'static str> {
    catalogue(capacity).unwrap().iter().map(|case| case.steps()[0].name()).collect()
}

/// The cases that need more bindings than the tests' device has.
fn too_many(capacity: usize) -> Vec<Program> {
    let many = |case: &Program| case.steps()[0].operands().len() > bindings();
    catalogue(capacity).unwrap().into_iter().filter(many).collect()
}

#[test]
fn the_gpu_computes_what_the_cpu_does() {
    for capacity in CAPACITIES {
        let Some(gpu) = gpu() else { return };
        let check = check(gpu, capacity);
        assert!(check.passed(), "batches of up to {capacity}: {check}");
        assert_eq!(check.ops.iter().map(|op| op.name).collect::<BTreeSet<_>>(), names(capacity));
        assert!(check.ops.iter().all(|op| op.cases + op.refused >= 3), "{check}");
        assert!(check.ops.iter().all(|op| op.cases == 0 || op.values > 0), "{check}");
        assert_eq!(check.ops.iter().map(|op| op.refused).sum::<usize>(), too_many(capacity).len(), "{check}");
        assert_eq!(
            check.to_string().contains("need more than this device offers"),
            bindings() == 4,
            "{check}"
        );
    }
}

/// Ops that go by samples, whatever rows these have: what has one row each by its meaning is refused.
#[test]
fn three_rows_a_sample_give_on_every_backend_what_the_reference_does() {
    let cases = catalogue_of_rows(11, NonZeroUsize::new(3).unwrap());
    let of_rows = |case: &Program| case.steps()[0].operands().iter().any(|(_, t)| t.rows == 33);
    let names: BTreeSet<_> =
        cases.iter().filter(|case| of_rows(case)).map(|case| case.steps()[0].name()).collect();
    for one_row_each in ["gather", "collect"] {
        assert!(!names.contains(one_row_each), "{names:?}");
    }
    assert!(names.len() >= 13, "{names:?}");
    let here = check_programs(Cpu::<f32>::with_threads(2).unwrap(), &cases).unwrap();
    assert!(here.passed(), "{here}");
    let Some(gpu) = gpu() else { return };
    let there = check_programs(gpu, &cases).unwrap();
    assert!(there.passed(), "{there}");
}

#[test]
fn the_short_check_runs_every_op() {
    let Some(gpu) = gpu() else { return };
    let check = wgrad::self_check(gpu).unwrap();
    assert!(check.passed(), "{check}");
    let halves = half_catalogue(67).unwrap();
    let names = &names(67) | &halves.iter().map(|case| case.steps()[0].name()).collect();
    assert_eq!(check.ops.iter().map(|op| op.name).collect::<BTreeSet<_>>(), names);
    assert!(check.ops.iter().all(|op| op.values > 0 || op.refused > 0), "{check}");
}

#[test]
fn what_a_device_cannot_bind_is_refused_with_the_numbers() {
    let Some(mut gpu) = gpu() else { return };
    let many = too_many(5);
    for case in &many {
        let error = gpu.compile(case).unwrap_err();
        let Error::Gpu(GpuError::Limit { name, needed: 5.., limit: 4, .. }) = error else {
            panic!("{error}")
        };
        assert_eq!(name, "max_storage_buffers_per_shader_stage");
    }
    assert_eq!(!many.is_empty(), bindings() == 4);
}

#[test]
fn the_kernels_for_other_kinds_of_devices_do_too() {
    let Some(own) = gpu().map(|gpu| gpu.profile()) else { return };
    let kinds = [(true, false), (false, false), (false, true)];
    for other in kinds.map(|(software, discrete)| DeviceProfile { software, discrete, ..own }) {
        for capacity in CAPACITIES.into_iter().filter(|_| other != own) {
            let Some(gpu) = gpu() else { return };
            // The same kernels give the same again.
            let differs = |case: &Program| case.steps()[0].kernel(&other) != case.steps()[0].kernel(&own);
            let cases: Vec<_> = catalogue(capacity).unwrap().into_iter().filter(differs).collect();
            if cases.is_empty() {
                assert!(capacity == 1 || other.software == own.software, "no kernel differs: {other:?}");
                continue;
            }
            let check = check_programs(gpu.with_profile(other), &cases).unwrap();
            assert!(check.passed(), "batches of up to {capacity}, {other:?}: {check}");
        }
    }
}

#[test]
fn the_cpu_backend_computes_the_definitions() {
    for (capacity, threads) in CAPACITIES.into_iter().zip([3, 1, 2]) {
        for programs in [catalogue(capacity).unwrap(), half_catalogue(capacity).unwrap()] {
            let check = check_programs(Cpu::<f32>::with_threads(threads).unwrap(), &programs).unwrap();
            assert!(check.passed(), "batches of up to {capacity}: {check}");
        }
    }
}

#[test]
fn single_and_double_precision_mean_the_same() {
    for capacity in CAPACITIES {
        let check = check(Cpu::<f64>::new().unwrap(), capacity);
        assert!(check.passed(), "batches of up to {capacity}: {check}");
    }
}

#[test]
fn a_difference_of_a_ten_thousandth_is_seen_in_every_op() {
    let check = check(Broken::new(Fault::Off), 67);
    let unseen: Vec<_> = check.ops.iter().filter(|op| op.failure.is_none()).map(|op| op.name).collect();
    assert!(unseen.is_empty(), "not seen in {unseen:?}: {check}");
}

#[test]
fn a_device_that_does_nothing_is_seen_in_every_op() {
    let check = check(Broken::new(Fault::Idle), 67);
    assert_eq!(check.failures().count(), names(67).len(), "{check}");
}

/// A device without storage for any kernel's operands.
#[test]
fn a_device_that_refuses_everything_has_not_passed() {
    let check = check(Broken::new(Fault::Small), 5);
    assert!(check.failures().next().is_none() && !check.passed(), "{check}");
    assert!(check.to_string().contains("0 ops agree with the CPU"), "{check}");
}

#[test]
fn the_table_names_device_ops_and_failures() {
    let good = check(Cpu::<f32>::with_threads(1).unwrap(), 5).to_string();
    let of_softmax = good.lines().filter(|line| line.starts_with("softmax ")).count();
    assert!(of_softmax == 1 && good.contains("cpu: 1 thread, f32") && !good.contains("WRONG"), "{good}");
    assert!(good.contains(&format!("all {} ops agree", names(5).len())), "{good}");

    let bad = check(Broken::new(Fault::Idle), 5).to_string();
    assert!(bad.contains("DO NOT agree") && bad.matches("WRONG").count() == names(5).len(), "{bad}");
    assert!(
        bad.contains("softmax: wgrad.lanes/best+lanes/one+softmax (x 5×1 → y 5×1): softmax.softmax, batch 0"),
        "{bad}"
    );
}
