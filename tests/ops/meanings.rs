//! Ops whose meaning is wrong on every backend alike: no comparison of results alone would show it.

use wgrad::backend::Cpu;
use wgrad::kernel::{DeviceProfile, Kernel, Source};
use wgrad::op::{Split, Use, Views};
use wgrad::program::Program;
use wgrad::self_check::check_programs;
use wgrad::{Error, Op, Real, Recorder, Tensor};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    /// `y = x`.
    Copy,
    /// `y = x` but for the last column, which is not written.
    Partly,
    /// `y = x` on top of what was there.
    Added,
    /// `y = e^x / (1 + e^x)`, which is inf / inf for large `x`.
    Overflowing,
}

#[derive(Clone, Debug)]
struct Row {
    x: Tensor,
    y: Tensor,
    meaning: Meaning,
}

impl Op for Row {
    const NAME: &'static str = "row";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn split(&self) -> Split {
        Split::Rows
    }
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y, cols) = (views.input(0), views.output(1), self.x.cols);
        for (at, (x, y)) in x.iter().zip(y).enumerate() {
            match self.meaning {
                Meaning::Partly if at % cols == cols - 1 => {}
                Meaning::Copy | Meaning::Partly => *y = *x,
                Meaning::Added => *y += *x,
                Meaning::Overflowing => *y = x.exp() / (T::one() + x.exp()),
            }
        }
    }
    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(Source { name: "row.wgsl", text: "" }, 1)
    }
    fn flops(&self) -> f64 {
        0.0
    }
    fn cases(_: &mut Recorder) -> Vec<Self> {
        Vec::new()
    }
}

/// What the check says of an op of this meaning, on two backends that both follow it.
fn failure(meaning: Meaning) -> Option<Error> {
    let mut tape = Recorder::new("row", 31);
    let (x, y) = (tape.batched("x", 13), tape.batched("y", 13));
    tape.push(Row { x, y, meaning });
    let programs: [Program; 1] = [tape.finish().unwrap()];
    let mut check = check_programs(Cpu::<f32>::new().unwrap(), &programs).unwrap();
    check.ops.remove(0).failure.map(|failure| failure.error)
}

#[test]
fn a_sound_op_passes() {
    assert!(failure(Meaning::Copy).is_none());
}

#[test]
fn an_output_that_is_written_only_partly_is_found() {
    let error = failure(Meaning::Partly).unwrap();
    let Error::Mismatch { place, device, .. } = error else { panic!("{error}") };
    assert_eq!((place.op.as_str(), place.buffer.as_str(), place.row, place.col), ("row", "y", 0, 12));
    assert!(device.is_nan());
}

#[test]
fn an_output_that_is_read_before_it_is_written_is_found() {
    let error = failure(Meaning::Added).unwrap();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
}

#[test]
fn a_result_that_overflows_on_both_is_found() {
    let error = failure(Meaning::Overflowing).unwrap();
    assert!(matches!(error, Error::StepNotFinite { .. }), "{error}");
    assert!(error.to_string().contains("is NaN on the CPU and NaN on the device"), "{error}");
}
