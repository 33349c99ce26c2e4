//! A loop of your own: an encoder that has learnt to copy images of digits is frozen, a head learns to name them in steps of four
//! batches, and at last both learn slowly.

mod common;

use wgrad::data::digits::{Split, draw};
use wgrad::layers::{Dense, Flatten, Relu, Sigmoid};
use wgrad::{Dataset, Fit, Optimizer, Result, Samples, Sequential, losses};

fn digits(split: Split, count: usize, seed: u64) -> Result<Dataset> {
    let images = draw(seed, split, count);
    Dataset::classification(Samples::images(images.pixels, [28, 28, 1])?, images.labels)
}

/// Images to 64 numbers: the part that both nets have.
fn encoder() -> Sequential {
    Sequential::new([28, 28, 1]).add(Flatten).add_named("encoder", Dense::new(64)).add(Relu)
}

fn main() {
    common::job::run("Teach a frozen encoder's head in a loop of one's own, then both.", |job| {
        let (count, epochs) = if job.smoke { (240, 6) } else { (4_000, 12) };
        let train = digits(Split::Train, count, job.seed)?;
        let test = digits(Split::Test, count / 4, job.seed)?;

        let (net, images) = (encoder().add(Dense::new(784)).add(Sigmoid), train.inputs().clone());
        let adam = Optimizer::adam(0.002);
        let mut copier = net.compile(job.open()?, losses::MeanSquaredError, adam, job.seed)?;
        job.say(copier.fit(&Dataset::autoencoder(images), Fit::new().epochs(epochs))?)?;
        let file = job.file("copier.safetensors")?;
        copier.save(&file)?;
        job.say(format!("the copier is in {}", file.display()))?;

        let (net, loss) = (encoder().add_named("head", Dense::new(10)), losses::SoftmaxCrossEntropy::new());
        let mut model = net.compile(job.backend.another()?, loss, Optimizer::adam(0.01), job.seed)?;
        job.say(format!("from the copier: {:?}", model.load_part(&file, "encoder", "encoder")?.loaded))?;
        model.freeze("encoder")?;
        let copied = model.parameter("encoder.weight")?;
        let mut training = model.training(&train, Fit::new().epochs(epochs).batch(8).accumulate(4))?;
        while let Some(step) = training.step()? {
            if step.batch < step.of {
                continue;
            }
            let loss = training.loss()?.unwrap_or(f64::NAN);
            let right = training.evaluate(&test)?.accuracy.unwrap_or(f64::NAN);
            job.say(format!("epoch {}: the last loss {loss:.3}, {:.1} % right", step.epoch, 100.0 * right))?;
            if step.epoch == epochs / 2 {
                let frozen = training.model().parameter("encoder.weight")?;
                job.check(frozen == copied, "the frozen encoder is as it was")?;
                training.thaw("encoder")?;
                training.set_rate(0.001)?;
            }
        }
        training.finish()?;
        let right = model.evaluate(&test)?.accuracy.unwrap_or(f64::NAN);
        job.check(right > 0.4, format!("{:.1} % of new digits are named rightly", 100.0 * right))
    });
}
