//! A net with skip connections: blocks whose output is added to their input tell the arms of two spirals apart.

mod common;

use std::f32::consts::PI;

use wgrad::layers::{Dense, LayerNorm, Relu, Residual};
use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};

fn main() {
    common::job::run("Tell the arms of two spirals apart, by a net with skip connections.", |job| {
        let (mut points, mut arms) = (Vec::new(), Vec::new());
        for i in 0..600 {
            let (arm, distance) = (i % 2, 0.1 + i as f32 / 600.0);
            let angle = 2.0 * PI * distance + PI * arm as f32;
            points.extend([distance * angle.cos(), distance * angle.sin()]);
            arms.push(arm);
        }
        let spirals = Dataset::classification(Samples::rows(points, 2)?, arms)?;
        let (train, test) = spirals.stratified_split(0.25, job.seed)?;
        let block =
            || Residual::new().add(LayerNorm::new()).add(Dense::new(32)).add(Relu).add(Dense::new(32));
        let mut net = Sequential::new([2]).add(Dense::new(32));
        for _ in 0..3 {
            net = net.add(block());
        }
        let net = net.add(Dense::new(2));
        job.say(net.summary()?)?;
        let loss = losses::SoftmaxCrossEntropy::new();
        let mut model = net.compile(job.open()?, loss, Optimizer::adam(0.003), job.seed)?;
        job.say(model.fit(&train, Fit::new().epochs(if job.smoke { 8 } else { 60 }).batch(32))?)?;
        let right = model.evaluate(&test)?.accuracy.unwrap_or(0.0);
        job.check(right > 0.9, format!("{:.1} % of the points kept back are told apart", 100.0 * right))
    });
}
