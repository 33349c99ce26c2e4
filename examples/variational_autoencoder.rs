//! A variational autoencoder (Kingma and Welling, 2014): a layer of your own draws the latents at random and adds a loss, so that what is
//! decoded from mere noise looks like a digit.

mod common;

use wgrad::data::digits::{Split, draw};
use wgrad::layers::{Context, Dense, Flatten, GaussianNoise, Layer, Relu, Shaped, Sigmoid};
use wgrad::ops::{Function, Operation, Reduction};
use wgrad::random::{Purpose, Stream};
use wgrad::report::{ImageRow, Tile, image_grid};
use wgrad::{Dataset, Fit, LayerError, Optimizer, Samples, Sequential, losses};

/// Numbers that an image is made of.
const LATENTS: usize = 8;
/// Images in a row of the picture.
const COLUMNS: usize = 12;

/// Draws latents around a mean, with a spread; both come from the input.
#[derive(Debug)]
struct Draw;

impl Layer for Draw {
    fn kind(&self) -> &'static str {
        "draw"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let mean = cx.layer("mean", &Dense::new(LATENTS), inputs)?.tensor();
        let log_variance = cx.layer("log_variance", &Dense::new(LATENTS), inputs)?.tensor();

        // How far the latents are from a normal distribution: Σ (mean² + variance - ln variance - 1) / 2.
        let square = cx.tape().elementary(Function::Power(2.0), mean);
        let variance = cx.tape().elementary(Function::Exp, log_variance);
        let sum = cx.tape().binary(Operation::Sum, square, variance);
        let apart = cx.tape().binary(Operation::Difference, sum, log_variance);
        let sum = cx.tape().reduce(Reduction::Sum, apart);
        let half = Function::Affine { factor: 0.5, offset: -0.5 * LATENTS as f32 };
        let divergence = cx.tape().elementary(half, sum);
        // The other loss is a mean over 784 pixels.
        cx.add_loss(divergence, 1.0 / 784.0)?;

        // In predictions the noise is 0, so that the latents are the means.
        let zeros = cx.tape().elementary(Function::Scaled(0.0), mean);
        let noise = cx.layer("noise", &GaussianNoise::new(1.0), &[Shaped::new(zeros, [LATENTS])?])?.tensor();
        let half = cx.tape().elementary(Function::Scaled(0.5), log_variance);
        let spread = cx.tape().elementary(Function::Exp, half);
        let moved = cx.tape().binary(Operation::Product, noise, spread);
        Shaped::new(cx.tape().binary(Operation::Sum, mean, moved), [LATENTS])
    }
}

/// With the layers that make an image of latents.
fn with_decoder(net: Sequential) -> Sequential {
    let net = net.add_named("hidden", Dense::new(128)).add(Relu);
    net.add_named("pixels", Dense::new(784)).add(Sigmoid)
}

fn main() {
    common::job::run("Learn to draw digits from noise, by a variational autoencoder.", |job| {
        let (count, epochs) = if job.smoke { (256, 4) } else { (6_000, 40) };
        let images = Samples::images(draw(job.seed, Split::Train, count).pixels, [28, 28])?;
        let data = Dataset::autoencoder(images.clone());
        let net =
            Sequential::new([28, 28]).add(Flatten).add(Dense::new(256)).add(Relu).add_named("draw", Draw);
        let (loss, adam) = (losses::BinaryCrossEntropy::new(), Optimizer::adam(0.002));
        let mut model = with_decoder(net).compile(job.open()?, loss, adam.clone(), job.seed)?;
        let history = model.fit(&data, Fit::new().epochs(epochs).batch(64))?;
        job.say(&history)?;

        let mut decoder =
            with_decoder(Sequential::new([LATENTS])).compile(job.backend.another()?, loss, adam, job.seed)?;
        for name in ["hidden.weight", "hidden.bias", "pixels.weight", "pixels.bias"] {
            decoder.set_parameter(name, model.parameter(name)?.view())?;
        }
        let mut random = Stream::new(job.seed, Purpose::Initialisation);
        let noise: Vec<f32> = (0..4 * COLUMNS * LATENTS).map(|_| random.normal() as f32).collect();
        let drawn = decoder.predict(&Samples::rows(noise, LATENTS)?)?;
        let shown = images.take(COLUMNS);
        let copies = model.predict(&shown)?;
        let pixels: Vec<f32> = shown.to_array().into_iter().chain(copies).chain(drawn).collect();
        let rows: Vec<ImageRow> = pixels.chunks(COLUMNS * 784).map(ImageRow::Unit).collect();
        let picture = job.file("digits.png")?;
        image_grid(&picture, &rows, Tile::new(28, 28))?;
        job.say(format!("{}: images, what is left of them, and four rows from noise", picture.display()))?;
        let [first, last] = [0, epochs - 1].map(|epoch| history.epochs[epoch].metrics.loss);
        job.check(last < 0.9 * first, format!("the loss fell from {first:.3} to {last:.3}"))
    });
}
