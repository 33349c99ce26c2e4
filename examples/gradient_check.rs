//! Holds the gradients of every layer, activation and loss against differences of the loss, as course reports do.

mod common;

use clap::Parser;
use common::BackendArgs;
use ndarray::Array2;
use wgrad::data::digits;
use wgrad::gradcheck::{BOUND, gradcheck_beside};
use wgrad::layers::{Dense, Dropout, Relu, Sigmoid, Softmax, Tanh};
use wgrad::ops::activation::Activation;
use wgrad::random::{Purpose, Stream};
use wgrad::{Dataset, Loss, Result, Samples, Sequential};

/// What a gradient in f32 may be off by, relative to its largest element.
const BOUND_F32: f64 = 1e-4;

/// Check analytical gradients against numerical ones, for every layer, activation and loss.
///
/// The status is 1 if one differs by more than 1e-8 in f64, or by more than 1e-4 in f32 on the backend.
#[derive(Parser, Debug)]
struct Flags {
    #[command(flatten)]
    backend: BackendArgs,
    /// Decides parameters and samples.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// A quick run: without the autoencoder of 784 pixels.
    #[arg(long)]
    smoke: bool,
}

/// A model, its loss and samples.
struct Case {
    title: String,
    net: Sequential,
    loss: Loss,
    data: Dataset,
}

fn main() {
    let flags = Flags::parse();
    common::exit_on_error(run(&flags));
}

fn run(flags: &Flags) -> Result<()> {
    let mut backend = flags.backend.open()?;
    println!(
        "n = (L(w + h) - L(w - h)) / 2h in f64, extrapolated to h = 0 (Ridders, 1982); a is the tape's gradient"
    );
    println!(
        "relative: |a-n| / max(|a|, |n|, a hundredth of the largest), which is to be at most {BOUND:e}\n"
    );
    let (mut largest, mut wrong) = (0f64, Vec::new());
    for Case { title, net, loss, data } in cases(flags)? {
        let check = gradcheck_beside(&mut *backend, &net, loss, &data, flags.seed)?;
        println!("{title}, {loss:?}\n{check}\n");
        largest = largest.max(check.relative());
        let far = check.rows.iter().filter_map(|row| row.device).any(|difference| difference > BOUND_F32);
        if far || !check.passes() {
            wrong.push(title);
        }
    }
    println!("largest relative difference: {largest:.1e}");
    if !wrong.is_empty() {
        eprintln!("error: wrong gradients of {}", wrong.join(", "));
        std::process::exit(1);
    }
    Ok(())
}

fn cases(flags: &Flags) -> Result<Vec<Case>> {
    let numbers = |number: u64, cols, low, high| {
        let mut stream = Stream::numbered(flags.seed, Purpose::Checking as u64 + number);
        Array2::from_shape_simple_fn((8, cols), || stream.uniform(low, high) as f32)
    };
    let regression = Dataset::regression(numbers(1, 3, -2.0, 2.0).view(), numbers(2, 2, 0.0, 1.0).view())?;
    let samples = Samples::reals(numbers(3, 3, -2.0, 2.0).view())?;
    let classes = Dataset::classification(samples, vec![0, 1, 2, 3, 3, 2, 1, 0])?;
    let start = || Sequential::new([3]);
    let mut cases: Vec<Case> = Vec::new();
    let mut add = |title: &str, net, loss, data: &Dataset| {
        cases.push(Case { title: title.into(), net, loss, data: data.clone() });
    };

    let squares = Loss::MeanSquaredError;
    add("dense", start().add(Dense::new(2)), squares, &regression);
    add("dense without bias", start().add(Dense::new(2).without_bias()), squares, &regression);
    add(
        "dropout",
        start().add(Dense::new(6)).add(Dropout::new(0.4)).add(Dense::new(2)),
        squares,
        &regression,
    );
    add("softmax", start().add(Dense::new(2)).add(Softmax), squares, &regression);
    for activation in Activation::examples() {
        let title = activation.name();
        let net = start().add(Dense::new(5)).add(activation.clone()).add(Dense::new(2)).add(activation);
        add(title, net, squares, &regression);
    }
    let deep = || start().add(Dense::new(5)).add(Tanh);
    let probabilities = deep().add(Dense::new(2)).add(Sigmoid);
    add("probabilities", probabilities, Loss::BinaryCrossEntropy, &regression);
    add("logits", deep().add(Dense::new(2)), Loss::BinaryCrossEntropyLogits, &regression);
    add("scores", deep().add(Dense::new(4)), Loss::SoftmaxCrossEntropy, &classes);
    if !flags.smoke {
        cases.push(autoencoder(flags.seed)?);
    }
    Ok(cases)
}

/// The main job's model on drawn digits.
fn autoencoder(seed: u64) -> Result<Case> {
    let digits = digits::draw(seed, digits::Split::Train, 4);
    let data = Dataset::autoencoder(Samples::images(digits.pixels, [784])?);
    let mut net = Sequential::new([784]);
    for units in [128, 64, 32, 64, 128] {
        net = net.add(Dense::new(units)).add(Relu);
    }
    let net = net.add(Dense::new(784)).add(Sigmoid);
    Ok(Case { title: "autoencoder".into(), net, loss: Loss::MeanSquaredError, data })
}
