//! A classifier where classes are not equally frequent: class weights, label smoothing, a learning rate that is searched for, and metrics
//! that do not forget the rare classes.

mod common;

use wgrad::layers::{Dense, Relu};
use wgrad::metrics::{Accuracy, Average, Recall, TopKAccuracy};
use wgrad::random::{Purpose, Stream};
use wgrad::report::rate_curve;
use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};

/// Samples of each class.
const COUNTS: [usize; 5] = [640, 320, 160, 80, 40];

fn main() {
    common::job::run("Classify points of five classes, of which some are rare.", |job| {
        let mut random = Stream::new(job.seed, Purpose::Initialisation);
        let (mut points, mut labels) = (Vec::new(), Vec::new());
        for (class, count) in COUNTS.into_iter().enumerate() {
            let (y, x) = (class as f64 * 1.26).sin_cos();
            for _ in 0..count {
                points.extend([x, y].map(|middle| (middle + 0.4 * random.normal()) as f32));
                labels.push(class as u32);
            }
        }
        let data = Dataset::classification(Samples::rows(points, 2)?, labels)?;
        let (train, test) = data.stratified_split(0.25, job.seed)?;

        // Each class counts the same in all; smoothing keeps scores small.
        let weights = COUNTS.map(|count| COUNTS.iter().sum::<usize>() as f32 / (COUNTS.len() * count) as f32);
        let loss = losses::SoftmaxCrossEntropy::new().class_weights(weights).smoothing(0.05);
        let net = || Sequential::new([2]).add(Dense::new(32)).add(Relu).add(Dense::new(COUNTS.len()));
        let mut model = net().compile(job.open()?, loss.clone(), Optimizer::adam(0.001), job.seed)?;
        let search = model.find_rate(&train, 32, [1e-5, 1.0], 100)?;
        let picture = job.file("rates.svg")?;
        rate_curve(&picture, "loss at growing learning rates", &search)?;
        let rate = search.suggestion().ok_or("no rate makes the loss smaller")?;
        job.say(format!("learning rate: {rate:.4}, as {} shows", picture.display()))?;

        let mut model = net().compile(job.backend.another()?, loss, Optimizer::adam(rate), job.seed)?;
        let recall = Recall::new().average(Average::Macro);
        let fit = Fit::new().epochs(if job.smoke { 8 } else { 40 }).validation(&test);
        let fit = fit.metric(Accuracy::new()).metric(TopKAccuracy::new(2)).metric(recall.clone());
        job.say(model.fit(&train, fit)?)?;
        let found = model.score(&test, &recall)?;
        job.check(found > 0.7, format!("of each class, {:.0} % are found on average", 100.0 * found))
    });
}
