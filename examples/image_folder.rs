//! A folder of PNGs, in which each class has a folder of its own: digits are drawn into one, then it is read and learnt.

mod common;

use wgrad::data::{ImageFolder, digits};
use wgrad::layers::{Dense, Flatten, Relu};
use wgrad::report::{ImageRow, Tile, image_grid};
use wgrad::{Fit, Optimizer, Sequential, losses};

fn main() {
    common::job::run("Classify the images of a folder of PNGs.", |job| {
        let drawn = digits::draw(job.seed, digits::Split::Train, if job.smoke { 400 } else { 2_000 });
        for (i, label) in drawn.labels.iter().enumerate() {
            let folder = job.file(&format!("digits/{label}"))?;
            std::fs::create_dir_all(&folder)?;
            let image = ImageRow::Bytes(drawn.image(i).unwrap_or_default());
            image_grid(folder.join(format!("{i}.png")), &[image], Tile { height: 28, width: 28, scale: 1 })?;
        }

        let images = ImageFolder::open(job.file("digits")?)?.gray().resized(24, 24).read()?;
        let classes = images.classes.clone();
        job.say(format!("{} images of the classes {}", images.labels.len(), classes.join(", ")))?;
        let (train, test) = images.dataset()?.stratified_split(0.25, job.seed)?;
        let net = Sequential::new(train.inputs().shape()).add(Flatten).add(Dense::new(64)).add(Relu);
        let net = net.add(Dense::new(classes.len()));
        let loss = losses::SoftmaxCrossEntropy::new();
        let mut model = net.compile(job.open()?, loss, Optimizer::adam(0.005), job.seed)?;
        job.say(model.fit(&train, Fit::new().epochs(if job.smoke { 20 } else { 30 }).validation(&test))?)?;
        let right = model.evaluate(&test)?.accuracy.unwrap_or(0.0);
        job.check(right > 0.3, format!("{:.1} % of the images kept back are named rightly", 100.0 * right))
    });
}
