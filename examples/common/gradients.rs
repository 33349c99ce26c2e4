//! Models for a gradient check: every layer, activation and loss.

use std::sync::Arc;
use wgrad::data::digits;
use wgrad::layers::{Dense, Dropout, Sigmoid, Softmax, Tanh};
use wgrad::ndarray::Array2;
use wgrad::ops::activation::Activation;
use wgrad::random::{Purpose, Stream};
use wgrad::{Dataset, Loss, Result, Samples, Sequential, losses};

use super::recipe::Recipe;

/// A model, its loss and samples.
pub struct Case {
    pub title: String,
    pub net: Sequential,
    pub loss: Arc<dyn Loss>,
    pub data: Dataset,
}

/// All of them; a quick run leaves out the one of 784 pixels.
pub fn cases(seed: u64, smoke: bool) -> Result<Vec<Case>> {
    let numbers = |number: u64, cols, low, high| {
        let mut stream = Stream::numbered(seed, Purpose::Checking as u64 + number);
        Array2::from_shape_simple_fn((8, cols), || stream.uniform(low, high) as f32)
    };
    let regression = Dataset::regression(numbers(1, 3, -2.0, 2.0).view(), numbers(2, 2, 0.0, 1.0).view())?;
    let samples = Samples::reals(numbers(3, 3, -2.0, 2.0).view())?;
    let classes = Dataset::classification(samples, vec![0, 1, 2, 3, 3, 2, 1, 0])?;
    let start = || Sequential::new([3]);
    let mut cases: Vec<Case> = Vec::new();
    let mut add = |title: &str, net, loss: Arc<dyn Loss>, data: &Dataset| {
        cases.push(Case { title: title.into(), net, loss, data: data.clone() });
    };

    let squares = || Arc::new(losses::MeanSquaredError);
    add("dense", start().add(Dense::new(2)), squares(), &regression);
    add("dense without bias", start().add(Dense::new(2).without_bias()), squares(), &regression);
    add(
        "dropout",
        start().add(Dense::new(6)).add(Dropout::new(0.4)).add(Dense::new(2)),
        squares(),
        &regression,
    );
    add("softmax", start().add(Dense::new(2)).add(Softmax), squares(), &regression);
    for activation in Activation::examples() {
        let title = activation.name();
        let net = start().add(Dense::new(5)).add(activation.clone()).add(Dense::new(2)).add(activation);
        add(title, net, squares(), &regression);
    }
    let deep = || start().add(Dense::new(5)).add(Tanh);
    let probabilities = deep().add(Dense::new(2)).add(Sigmoid);
    add("probabilities", probabilities, Arc::new(losses::BinaryCrossEntropy::new()), &regression);
    add("logits", deep().add(Dense::new(2)), Arc::new(losses::BinaryCrossEntropy::logits()), &regression);
    add("scores", deep().add(Dense::new(4)), Arc::new(losses::SoftmaxCrossEntropy::new()), &classes);
    if !smoke {
        cases.push(autoencoder(seed)?);
    }
    Ok(cases)
}

/// The first report's autoencoder on drawn digits.
fn autoencoder(seed: u64) -> Result<Case> {
    let digits = digits::draw(seed, digits::Split::Train, 4);
    let data = Dataset::autoencoder(Samples::images(digits.pixels, [784])?);
    let net = Recipe::Report1.plan().shape.net([28, 28, 1]);
    Ok(Case { title: "autoencoder".into(), net, loss: Arc::new(losses::MeanSquaredError), data })
}
