//! The time of a training step as a line of JSON for each workload that is named, for `benches/peers` and `benches/hardware`. On the
//! CPU, or with `--gpu` on the GPU.

mod common;

use common::{W1, W2, W3, Workload, images, xor};
use wgrad::backend::{Backend, Choice};
use wgrad::{Dataset, Fit, Model, Result, losses};

/// Epochs that are timed, after one that warms up.
const REPEATS: usize = 5;

fn main() -> Result<()> {
    let (flags, names): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let choice = if flags.iter().any(|flag| flag == "--gpu") { Choice::Gpu } else { Choice::Cpu };
    for name in names {
        let backend = choice.open(None)?.backend;
        match name.as_str() {
            "w1" => autoencoder(backend, &W1, 400)?,
            "w2" => autoencoder(backend, &W2, 100)?,
            "w3" => autoencoder(backend, &W3, 100)?,
            "xor" => {
                let (net, data, optimizer) = xor()?;
                let mut model = net.compile(backend, losses::MeanSquaredError, optimizer, 0)?;
                report("xor", &mut model, &data, Fit::new().epochs((REPEATS + 1) * 5_000).batch(4), 5_000)?;
            }
            other => println!("there is no workload {other}; there are w1, w2, w3 and xor"),
        }
    }
    Ok(())
}

fn autoencoder(backend: Box<dyn Backend>, workload: &Workload, steps: usize) -> Result<()> {
    let data = images(workload.batch * steps);
    let net = workload.net();
    let mut model = net.compile(backend, losses::MeanSquaredError, workload.optimizer(), 0)?;
    let fit = Fit::new().epochs(REPEATS + 1).batch(workload.batch);
    report(workload.name, &mut model, &data, fit, steps)
}

/// Trains, and prints the median and the fastest over stretches of `steps` steps.
fn report(name: &str, model: &mut Model, data: &Dataset, fit: Fit<'_>, steps: usize) -> Result<()> {
    let history = model.fit(data, fit)?;
    let stretch = history.epochs.len() / (REPEATS + 1);
    let seconds =
        history.epochs.chunks(stretch).map(|some| some.iter().map(|epoch| epoch.seconds).sum::<f64>());
    let mut times: Vec<f64> = seconds.skip(1).map(|seconds| 1e6 * seconds / steps as f64).collect();
    times.sort_by(f64::total_cmp);
    let loss = history.last().map_or(f64::NAN, |epoch| epoch.metrics.loss);
    let line = serde_json::json!({
        "peer": "wgrad", "version": env!("CARGO_PKG_VERSION"), "workload": name,
        "median": times[times.len() / 2], "fastest": times[0], "loss": loss,
    });
    println!("{line}");
    Ok(())
}
