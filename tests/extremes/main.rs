//! Every op that goes number by number or row by row, at numbers from the least to the largest and beyond, against its formula
//! in `f64`.
//!
//! Right is the formula's result rounded to `f32`, as exactly as the op's tolerance says, relative to the result itself. A
//! subnormal may be 0, where it goes in and where it comes out. What is infinite or not a number binds the CPU; a GPU may
//! give another number that is not finite, but never a finite one that is wrong.

mod cases;
mod formulas;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;

use std::collections::BTreeSet;

use wgrad::backend::{Backend, Cpu, Values};
use wgrad::kernel::DeviceProfile;
use wgrad::op::{MAX_OPERANDS, Use};
use wgrad::ops::{catalogue, half_catalogue};
use wgrad::{Element, Tensor};

use crate::cases::{Case, all};
use crate::formulas::{Round, Term};
use crate::support::{bindings, gpu};

/// Ops that add up products of many numbers, clip, keep a state, or change images; other tests hold them.
const OTHERS: [&str; 44] = [
    "adam",
    "adamax",
    "batch_norm",
    "batch_norm.folded",
    "batch_norm.gradient",
    "batch_norm.moments",
    "batch_norm.running",
    "batch_norm.running.all",
    "batch_norm.sums",
    "batch_norm.two",
    "batch_sum",
    "batched_product",
    "clip_factor",
    "conv",
    "conv.input_gradient",
    "conv.weight_gradient",
    "conv_transpose",
    "dense.gradients",
    "dense.input_gradient",
    "dense.weight_gradient",
    "embedding.gradient",
    "erase",
    "fold",
    "fold.all",
    "group_norm",
    "group_norm.gradient",
    "grouped_conv",
    "grouped_conv.input_gradient",
    "grouped_conv.weight_gradient",
    "lamb_step",
    "loss_scale",
    "nadam",
    "noise",
    "pool.average",
    "pool.average_gradient",
    "pool.maximum",
    "pool.maximum_gradient",
    "random_transform",
    "seed",
    "sum_squares",
    "trust_ratio",
    "warp",
    "warp.gradient",
    "weight_average",
];

/// Units in the last place, and what exp, log and tanh may be off by.
const PLAIN: f64 = 1e-6;
const APPROXIMATED: f64 = 1e-5;

/// The least normal half.
const LEAST_HALF: f64 = 1.0 / 16_384.0;

/// What is asked of a device.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// Whether it has to follow the formula where numbers are not finite.
    infinities: bool,
    round: Round,
}

fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

/// The numbers of a row, or of a sample, if that has several rows.
fn row(values: &[f32], tensor: Tensor, row: usize) -> &[f32] {
    &values[row * tensor.sample_len()..][..tensor.sample_len()]
}

/// An output's tensor, its numbers, their tolerance relative to a result, and the least normal number.
struct Output {
    tensor: Tensor,
    values: Vec<f32>,
    share: f64,
    least: f64,
}

impl Output {
    /// Whether a number of it is right.
    fn fits(&self, found: f32, wanted: Term, infinities: bool) -> bool {
        let rounded = wanted.value as f32;
        if !rounded.is_finite() {
            let same = if rounded.is_nan() { found.is_nan() } else { found == rounded };
            return same || !infinities && !found.is_finite() || wanted.or_zero && found == 0.0;
        }
        let dropped = (wanted.value.abs() < self.least || wanted.or_zero) && found == 0.0;
        let allowed = self.share * wanted.size + wanted.subnormal + self.least * f64::from(f32::EPSILON);
        dropped || (f64::from(found) - wanted.value).abs() <= allowed
    }
}

/// The row with some of its subnormal numbers as 0; `which` has a bit for each.
fn flushed(inputs: &[f32], which: usize) -> Vec<f64> {
    let mut number = 0;
    let mut flush = |x: &f32| {
        let subnormal = x.is_subnormal();
        number += usize::from(subnormal);
        if subnormal && which >> (number - 1) & 1 == 1 { 0.0 } else { f64::from(*x) }
    };
    inputs.iter().map(&mut flush).collect()
}

/// What a device makes of a case's inputs.
fn outputs(device: &mut impl Backend, case: &Case) -> Vec<Output> {
    let step = &case.program.steps()[0];
    let id = device.compile(&case.program).unwrap();
    case.inputs.iter().for_each(|(tensor, values)| device.write(*tensor, Values::Real(values)).unwrap());
    case.indices.iter().for_each(|(tensor, values)| device.write(*tensor, Values::U32(values)).unwrap());
    device.run(id, &[case.batch]).unwrap();
    let mut outputs = Vec::new();
    let written = step.operands().iter().enumerate().filter(|(_, (used, _))| *used != Use::In);
    for (index, (_, tensor)) in written {
        let values = device.read(*tensor).unwrap();
        let share = if step.op().approximated(index, &case.batch).is_some() { APPROXIMATED } else { PLAIN };
        let least = if tensor.element == Element::Half { LEAST_HALF } else { f32::MIN_POSITIVE.into() };
        outputs.push(Output { tensor: *tensor, values, share, least });
    }
    device.release(id);
    outputs
}

/// What is wrong with a device's results, row by row.
fn faults(device: &mut impl Backend, case: &Case, asked: Asked) -> Vec<String> {
    let outputs = outputs(device, case);
    let mut faults = Vec::new();
    for at in 0..case.rows {
        let varied = case.inputs.iter().take(case.varied);
        let inputs: Vec<f32> =
            varied.flat_map(|(tensor, values)| row(values, *tensor, at)).copied().collect();
        let found: Vec<_> = outputs
            .iter()
            .flat_map(|output| row(&output.values, output.tensor, at).iter().map(move |x| (output, *x)))
            .collect();
        // A GPU that is given what is not finite may hand it on.
        let handed_on = !asked.infinities && inputs.iter().any(|x| !x.is_finite());
        let right = |which: usize| {
            let wanted = (case.formula)(&flushed(&inputs, which), asked.round);
            assert_eq!(wanted.len(), found.len(), "{}", case.program);
            found.iter().zip(wanted).all(|((output, found), wanted)| {
                output.fits(*found, wanted, asked.infinities) || handed_on && !found.is_finite()
            })
        };
        let subnormal = inputs.iter().filter(|x| x.is_subnormal()).count();
        if !(0..1 << subnormal).any(right) {
            let wanted = (case.formula)(&flushed(&inputs, 0), asked.round);
            let wanted: Vec<_> = wanted.iter().map(|term| term.value).collect();
            let found: Vec<_> = found.iter().map(|(_, found)| *found).collect();
            faults.push(format!("{}: {inputs:?} gives {found:?}, not {wanted:?}", case.name));
        }
    }
    faults
}

/// Tries every case that the device can bind.
fn assert_right(mut device: impl Backend, bindings: usize, asked: Asked) {
    let mut wrong = Vec::new();
    for case in all().iter().filter(|case| case.program.steps()[0].operands().len() <= bindings) {
        wrong.extend(faults(&mut device, case, asked));
    }
    let (count, device) = (wrong.len(), device.info());
    wrong.truncate(20);
    assert!(count == 0, "{device}: {count} rows are wrong, such as\n{}", wrong.join("\n"));
}

#[test]
fn single_precision_is_right() {
    assert_right(
        Cpu::<f32>::with_threads(2).unwrap(),
        MAX_OPERANDS,
        Asked { infinities: true, round: single },
    );
}

#[test]
fn double_precision_is_right() {
    assert_right(
        Cpu::<f64>::with_threads(2).unwrap(),
        MAX_OPERANDS,
        Asked { infinities: true, round: |x| x },
    );
}

#[test]
fn the_gpu_is_right_with_either_kind_of_kernels() {
    for other in [false, true] {
        let Some(gpu) = gpu() else { return };
        let profile = DeviceProfile { software: gpu.profile().software != other, ..Default::default() };
        assert_right(gpu.with_profile(profile), bindings(), Asked { infinities: false, round: single });
    }
}

#[test]
fn every_op_is_here_or_among_the_others() {
    let programs = catalogue(5).unwrap().into_iter().chain(half_catalogue(5).unwrap());
    let known: BTreeSet<_> = programs.map(|program| program.steps()[0].name()).collect();
    let here: BTreeSet<_> = all().iter().map(|case| case.program.steps()[0].name()).chain(OTHERS).collect();
    assert_eq!(here, known);
}
