//! Learns XOR with the networks of two course reports: 2-4-1, tanh, sigmoid, mean squared error, full batches.

mod common;

use clap::Parser;
use common::{BackendArgs, PrecisionArgs, ProfileArgs, say};
use wgrad::layers::{Dense, Sigmoid, Tanh};
use wgrad::ndarray::array;
use wgrad::{Dataset, Fit, Model, Optimizer, Result, Sequential, losses};

/// Learn XOR as two course reports did.
#[derive(Parser, Debug)]
struct Flags {
    #[command(flatten)]
    backend: BackendArgs,
    #[command(flatten)]
    precision: PrecisionArgs,
    #[command(flatten)]
    profile: ProfileArgs,
    /// Decides the initial weights.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// A quick run: 200 epochs of each.
    #[arg(long)]
    smoke: bool,
}

fn main() {
    let flags: Flags = common::flags();
    common::exit_on_error(run(&flags));
}

fn run(flags: &Flags) -> Result<()> {
    if flags.backend.adapter.listed()? {
        return Ok(());
    }
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let xor = Dataset::regression(inputs.view(), array![[0.0], [1.0], [1.0], [0.0]].view())?;
    say("the first report's training: SGD 0.1, 50,000 epochs")?;
    train(flags, &xor, 0.1, &[200, 1_800, 18_000, 30_000])?;
    say("\nthe second report's training: SGD 0.9, 200 epochs, and on until it is solved")?;
    train(flags, &xor, 0.9, &[200, 300, 500, 1_000])
}

/// Trains in stretches of epochs and shows the table after each.
fn train(flags: &Flags, xor: &Dataset, rate: f32, stretches: &[usize]) -> Result<()> {
    let net = Sequential::new([2]).precision(flags.precision.precision);
    let net = net.add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid);
    let backend = flags.backend.open()?;
    let mut model = net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(rate), flags.seed)?;
    let mut epochs = 0;
    for stretch in stretches.iter().take(if flags.smoke { 1 } else { stretches.len() }) {
        let history = model.fit(xor, Fit::new().epochs(*stretch).batch(4))?;
        epochs += stretch;
        let microseconds = 1e6 * history.train_seconds() / *stretch as f64;
        let loss = model.evaluate(xor)?.loss;
        say(format_args!("after {epochs} epochs: loss {loss:.6}, {microseconds:.1} µs an epoch"))?;
        show(&mut model, xor)?;
    }
    flags.profile.show(&mut model, xor, 4)
}

fn show(model: &mut Model, xor: &Dataset) -> Result<()> {
    say("  input   target  prediction  rounded")?;
    let targets = [0.0, 1.0, 1.0, 0.0];
    let predictions = model.predict(xor.inputs())?;
    for ((input, target), prediction) in xor.inputs().to_array().outer_iter().zip(targets).zip(&predictions) {
        let right = if prediction.round() == target { "" } else { "  wrong" };
        let ([x, y], rounded) = ([input[0], input[1]], prediction.round());
        say(format_args!("  {x} {y} {target:>8} {prediction:>11.4} {rounded:>8}{right}"))?;
    }
    Ok(())
}
