//! Ops on halves: the GPU against the CPU, packed in pairs and, where the adapter has it, as WGSL's f16; and faults in them.

use std::collections::BTreeSet;

use half::f16;
use wgrad::backend::{Backend, Cpu, Values};
use wgrad::kernel::DeviceProfile;
use wgrad::op::OpCases;
use wgrad::ops::{
    Activate, Convert, Dense, ElementLoss, Gather, Gradients, GroupNormGradient, InputGradient, Softmax,
    WeightGradient, activation::Relu, half_cases_of, half_catalogue,
};
use wgrad::program::{Batch, Program};
use wgrad::self_check::check_programs;
use wgrad::{Element, Error, Recorder, SelfCheck};

use crate::devices::{Broken, Fault};
use crate::mutant::Change::{self, Constant, Text};
use crate::mutant::half_check;
use crate::support::{bindings, gpu};

const CAPACITIES: [usize; 3] = [1, 13, 67];

fn check(device: impl Backend + 'static, capacity: usize) -> SelfCheck {
    check_programs(device, &half_catalogue(capacity).unwrap()).unwrap()
}

/// The tests' device with kernels for this one.
fn check_on_gpu(profile: DeviceProfile, capacity: usize) {
    let Some(gpu) = gpu() else { return };
    let check = check(gpu.with_profile(profile), capacity);
    assert!(check.passed(), "batches of up to {capacity}, {profile:?}: {check}");
}

#[test]
fn packed_halves_give_what_the_cpu_does() {
    let Some(gpu) = gpu() else { return };
    let software = gpu.profile().software;
    CAPACITIES
        .into_iter()
        .for_each(|rows| check_on_gpu(DeviceProfile { software, ..Default::default() }, rows));
    check_on_gpu(DeviceProfile { software: !software, ..Default::default() }, 67);
}

#[test]
fn native_halves_give_what_the_cpu_does() {
    use std::io::Write;
    let Some(gpu) = gpu() else { return };
    if !gpu.has_f16() {
        let line = format!("native halves are skipped: {} has no f16\n", gpu.adapter());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    }
    for (software, discrete) in [(true, false), (false, false), (false, true)] {
        check_on_gpu(DeviceProfile { software, f16: true, discrete }, 67);
    }
}

#[test]
fn every_op_that_takes_halves_has_cases_with_them() {
    let programs = half_catalogue(5).unwrap();
    let names: BTreeSet<_> = programs.iter().map(|program| program.steps()[0].name()).collect();
    let wanted = [
        "activation",
        "activation.gradient",
        "add_to",
        "batch_norm",
        "batch_norm.gradient",
        "batch_norm.moments",
        "batch_norm.sums",
        "batch_norm.two",
        "conv",
        "conv.input_gradient",
        "conv.weight_gradient",
        "conv_transpose",
        "convert",
        "dense",
        "dense.gradients",
        "dense.input_gradient",
        "dense.weight_gradient",
        "gather",
        "group_norm",
        "group_norm.gradient",
        "grouped_conv",
        "grouped_conv.input_gradient",
        "grouped_conv.weight_gradient",
        "loss",
        "pool.average",
        "pool.average_gradient",
        "pool.maximum",
        "pool.maximum_gradient",
        "upsample",
        "upsample.gradient",
        "zero_pad",
    ];
    assert_eq!(Vec::from_iter(names), wanted);
    let halves = |program: &Program| program.buffers().values().any(|info| info.element == Element::Half);
    assert!(programs.iter().all(halves));
}

#[test]
fn double_precision_rounds_to_the_same_halves() {
    for capacity in CAPACITIES {
        let check = check(Cpu::<f64>::new().unwrap(), capacity);
        assert!(check.passed(), "batches of up to {capacity}: {check}");
    }
}

#[test]
fn a_device_that_does_nothing_is_seen_in_every_op() {
    let check = check(Broken::new(Fault::Idle), 67);
    assert_eq!(check.failures().count(), check.ops.len(), "{check}");
}

// === Rounding ===

/// Numbers at and around every place where rounding to halves decides.
fn numbers() -> Vec<f32> {
    let mut numbers =
        vec![f32::INFINITY, f32::NAN, 1e30, 1e-30, 65_519.99, 65_520.0, f32::MIN_POSITIVE, f32::MAX];
    for bits in 0..0x7c00u16 {
        let [low, high] = [bits, bits + 1].map(|bits| f16::from_bits(bits).to_f32());
        let middle = if high.is_finite() { (low + high) / 2.0 } else { 65_520.0 };
        numbers.extend([low, middle, middle.next_up(), middle.next_down()]);
    }
    numbers.extend(numbers.clone().iter().map(|number| -number));
    numbers.resize(numbers.len().next_multiple_of(4), 0.0);
    numbers
}

/// The bits that a device rounds numbers to, and the numbers that it widens them to.
fn rounded(mut device: impl Backend, numbers: &[f32]) -> (Vec<u16>, Vec<f32>) {
    let mut tape = Recorder::new("rounding", 1);
    let x = tape.tensor("x", Element::Real, 1, numbers.len());
    let halves = tape.tensor("halves", Element::Half, 1, numbers.len());
    let y = tape.tensor("y", Element::Real, 1, numbers.len());
    tape.push(Convert { x, y: halves });
    tape.push(Convert { x: halves, y });
    let program = device.compile(&tape.finish().unwrap()).unwrap();
    device.write(x, Values::Real(numbers)).unwrap();
    device.run(program, &[Batch::of(1)]).unwrap();
    let bits = device.read(halves).unwrap().into_iter().map(|value| f16::from_f32(value).to_bits()).collect();
    (bits, device.read(y).unwrap())
}

#[test]
fn every_device_rounds_to_the_same_halves_as_ieee_754() {
    let numbers = numbers();
    let wanted: Vec<f16> = numbers.iter().map(|number| f16::from_f32(*number)).collect();
    let assert_rounded = |(bits, reals): (Vec<u16>, Vec<f32>)| {
        for ((number, wanted), (bits, real)) in numbers.iter().zip(&wanted).zip(bits.iter().zip(&reals)) {
            let same = wanted.to_bits() == *bits && wanted.to_f32().to_bits() == real.to_bits();
            assert!(
                same || number.is_nan() && real.is_nan(),
                "{number:e}: {bits:x} and {real:e}, not {wanted:e}"
            );
        }
    };
    assert_rounded(rounded(Cpu::<f32>::new().unwrap(), &numbers));
    let Some(gpu) = gpu() else { return };
    let packed = DeviceProfile { f16: false, ..gpu.profile() };
    assert_rounded(rounded(gpu.with_profile(packed), &numbers));
}

// === Who may use halves ===

fn refusal(record: impl FnOnce(&mut Recorder)) -> String {
    let mut tape = Recorder::new("refused", 3);
    record(&mut tape);
    match tape.finish() {
        Err(Error::Program { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn ops_that_take_no_halves_say_so() {
    let why = refusal(|tape| {
        let [x, y] = ["x", "y"].map(|name| tape.batched_of(name, Element::Half, 8));
        tape.push(Softmax { x, y });
    });
    assert_eq!(why, "takes reals, and x holds halves; convert it first, with Recorder::reals");
}

#[test]
fn halves_come_in_fours_of_one_element() {
    let why = refusal(|tape| {
        let x = tape.batched("x", 6);
        tape.halves(x);
    });
    assert_eq!(why, "uses 3×6 halves from element 0 on of converted; both must be multiples of 4");
    let why = refusal(|tape| {
        let (x, y) = (tape.batched("x", 8), tape.batched_of("y", Element::Half, 8));
        let weight = tape.tensor("weight", Element::Half, 8, 8);
        tape.push(Dense { x, weight, y, activation: Relu.into() });
    });
    assert_eq!(why, "needs one element, and has Real and Half");
    let why = refusal(|tape| {
        let (x, y) = (tape.batched_of("x", Element::Half, 8), tape.batched("y", 8));
        tape.push(Activate { activation: Relu.into(), x, y });
    });
    assert_eq!(why, "needs one element, and has Half and Real");
    let why = refusal(|tape| {
        let (x, dz) = (tape.batched_of("x", Element::Half, 8), tape.batched_of("dz", Element::Half, 8));
        let dw = tape.tensor("dw", Element::Half, 8, 8);
        tape.push(WeightGradient { x, dz, dw });
    });
    assert_eq!(why, "adds up Half; gradients of weights are reals");
}

// === Planted faults ===

fn found<O: OpCases>(change: Change) {
    // Losses with a scale, and merged gradients, bind five.
    let Some(check) = half_check::<O>(change).filter(|_| bindings() >= 5) else { return };
    let failed: Vec<_> = check.failures().map(|op| op.name).collect();
    assert_eq!(failed, [O::NAME], "{change:?}: {check}");
}

#[test]
fn a_change_of_nothing_is_no_fault() {
    let Some(check) = half_check::<Dense>(Constant("BIAS", 1.0)) else { return };
    assert!(check.passed() && check.ops.len() == 2, "{check}");
    assert_eq!(half_cases_of::<Softmax>(5).unwrap().len(), 0);
}

#[test]
fn swapped_halves_of_a_word_are_found() {
    found::<Convert>(Text("h.x | (h.y << 16u)", "h.y | (h.x << 16u)"));
    found::<Gather>(Text("h.z | (h.w << 16u)", "h.w | (h.z << 16u)"));
    found::<InputGradient>(Text(
        "unpack2x16float(v.x), unpack2x16float(v.y)",
        "unpack2x16float(v.y), unpack2x16float(v.x)",
    ));
}

#[test]
fn rounding_that_cuts_off_twice_as_much_is_found() {
    found::<Dense>(Text(
        ">> vec4(13u)) & vec4(1u))) >> vec4(13u)",
        ">> vec4(13u)) & vec4(1u))) >> vec4(13u) & vec4(0xfffffffcu)",
    ));
}

#[test]
fn a_lost_sign_is_found() {
    found::<WeightGradient>(Text(
        "return vec4(unpack2x16float(v.x)",
        "return vec4(abs(unpack2x16float(v.x))",
    ));
    found::<ElementLoss>(Text("return sign | ", "return "));
    found::<GroupNormGradient>(Text("return sign | ", "return "));
}

#[test]
fn a_loss_scale_that_is_ignored_is_found() {
    found::<ElementLoss>(Text("scale[0]", "1.0"));
}

#[test]
fn a_part_of_the_batch_that_is_left_out_is_found() {
    found::<Gather>(Text("let at = i * WIDTH", "let at = i"));
    found::<Activate>(Text("i * WIDTH < live_rows()", "i < live_rows() / WIDTH"));
    found::<Gradients>(Text("k < live_rows()", "k + 1u < live_rows()"));
}
