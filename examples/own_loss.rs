//! A loss of your own: Huber's, as a few steps of wgrad's ops, whose derivative comes by itself.

mod common;

use wgrad::ops::{Function, Operation, Reduction};
use wgrad::{Dataset, Fit, Loss, Optimizer, Recorder, Samples, Sequential, Tensor, layers::Dense};

/// `c (e - c / 2)` of an error `e`, where `c` is `e` cut to -1 … 1: half a square near 0, a straight line beyond.
#[derive(Debug)]
struct Huber;

impl Loss for Huber {
    fn name(&self) -> &str {
        "own_huber"
    }

    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
        let error = tape.binary(Operation::Difference, output, target);
        let cut = tape.elementary(Function::Clamp { least: -1.0, most: 1.0 }, error);
        let half = tape.elementary(Function::Scaled(0.5), cut);
        let rest = tape.binary(Operation::Difference, error, half);
        let each = tape.binary(Operation::Product, cut, rest);
        tape.reduce(Reduction::Mean, each)
    }
}

fn main() {
    common::job::run("Fit a line to points of which some are far off, by a loss of one's own.", |job| {
        let x: Vec<f32> = (-40..40).map(|i| i as f32 / 40.0).collect();
        // A squared error would make the slope 4.7.
        let y: Vec<f32> = (-40..40).map(|i| if i % 8 == 5 { 20.0 } else { i as f32 * 3.0 / 40.0 }).collect();
        let data = Dataset::pairs(Samples::rows(x, 1)?, Samples::rows(y, 1)?)?;
        let net = Sequential::new([1]).add_named("line", Dense::new(1));
        let mut model = net.compile(job.open()?, Huber, Optimizer::adam(0.05), job.seed)?;
        job.say(model.fit(&data, Fit::new().epochs(if job.smoke { 60 } else { 300 }).batch(8))?)?;
        let slope = model.parameter("line.weight")?[[0, 0]];
        job.check((slope - 3.0).abs() < 0.3, format!("the slope is {slope:.2}, near that of most points"))
    });
}
