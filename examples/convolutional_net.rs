//! A convolutional net learns to read digits; a picture shows the pixels that each of its first filters looks for.

mod common;

use wgrad::data::digits::{Split, draw};
use wgrad::layers::{BatchNorm, Conv2d, Dense, Flatten, MaxPool2d, Padding, RandomAffine, Relu};
use wgrad::report::{ImageRow, Tile, image_grid};
use wgrad::{Dataset, Fit, Optimizer, Result, Samples, Sequential, losses};

fn main() {
    common::job::run("Read drawn digits with a convolutional net.", |job| {
        let digits = |split, count| -> Result<Dataset> {
            let drawn = draw(job.seed, split, count);
            Dataset::classification(Samples::images(drawn.pixels, [28, 28, 1])?, drawn.labels)
        };
        let train = digits(Split::Train, if job.smoke { 1_000 } else { 10_000 })?;
        let test = digits(Split::Test, 1_000)?;
        // Images are height × width × channels. The shift of a norm is a bias, so the convolution needs none.
        let conv = |filters| Conv2d::new(filters, 3).padding(Padding::Same).without_bias();
        let net = Sequential::new([28, 28, 1])
            .add(RandomAffine::new().rotate(5.0).translate(0.05)) // in training only
            .add_named("first", conv(16))
            .add(BatchNorm::new())
            .add(Relu)
            .add(MaxPool2d::new(2)) // 14 × 14 × 16
            .add(conv(32))
            .add(BatchNorm::new())
            .add(Relu)
            .add(MaxPool2d::new(2))
            .add(Flatten) // 1568
            .add(Dense::new(10));
        job.say(net.summary()?)?;
        let loss = losses::SoftmaxCrossEntropy::new();
        let mut model = net.compile(job.open()?, loss, Optimizer::adam(0.003), job.seed)?;
        job.say(model.fit(&train, Fit::new().epochs(if job.smoke { 6 } else { 4 }).batch(50))?)?;

        // A row for each filter, a column for each pixel that it sees: white where it wants light, black where it wants none.
        let filters = model.parameter("first.weight")?.reversed_axes();
        let largest = filters.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
        let pixels: Vec<f32> = filters.iter().map(|weight| 0.5 + 0.5 * weight / largest).collect();
        let tile = Tile { scale: 12, ..Tile::new(3, 3) };
        image_grid(job.file("filters.png")?, &[ImageRow::Unit(&pixels)], tile)?;
        let right = model.evaluate(&test)?.accuracy.unwrap_or(0.0);
        job.check(right > 0.85, format!("{:.1} % of the test images are read rightly", 100.0 * right))
    });
}
