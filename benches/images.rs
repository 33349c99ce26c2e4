//! Steps of convolutional nets on MNIST-like images: `cargo bench --bench images -- c1 c1a`, with `--gpu` on a GPU.

mod common;

use wgrad::backend::{Backend, Choice};
use wgrad::layers::{Conv2d, Dense, Flatten, MaxPool2d, Padding, Relu};
use wgrad::random::{Purpose, Stream};
use wgrad::{Dataset, Fit, Init, Optimizer, Result, Samples, Sequential, losses};

/// Epochs that are timed, after one that warms up.
const REPEATS: usize = 5;

fn main() -> Result<()> {
    let (flags, names): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let choice = if flags.iter().any(|flag| flag == "--gpu") { Choice::Gpu } else { Choice::Cpu };
    for name in names {
        let backend = choice.open(None)?.backend;
        match name.as_str() {
            "c1" => classifier(backend, "c1", 3_200, 32, Optimizer::sgd(0.05))?,
            "c1a" => classifier(backend, "c1a", 6_400, 128, Optimizer::adam(1e-3))?,
            other => println!("there is no workload {other}; there are c1 and c1a"),
        }
    }
    Ok(())
}

/// Two convolutions with pools, and two dense layers.
fn net() -> Sequential {
    let conv = |filters| Conv2d::new(filters, 3).padding(Padding::Same).init(Init::HeUniform);
    let net = Sequential::new([28, 28, 1]).add(conv(16)).add(Relu).add(MaxPool2d::new(2));
    let net = net.add(conv(32)).add(Relu).add(MaxPool2d::new(2)).add(Flatten);
    net.add(Dense::new(128).init(Init::HeUniform)).add(Relu).add(Dense::new(10))
}

/// Random pixels and labels; how fast they are learnt from does not depend on what they show.
fn images(count: usize) -> Result<Dataset> {
    let mut stream = Stream::new(0, Purpose::Checking);
    let pixels = (0..count * 784).map(|_| stream.below(256) as u8).collect();
    let labels = (0..count).map(|_| stream.below(10) as u32).collect();
    Dataset::classification(Samples::images(pixels, [28, 28, 1])?, labels)
}

fn classifier(
    backend: Box<dyn Backend>,
    name: &str,
    count: usize,
    batch: usize,
    optimizer: Optimizer,
) -> Result<()> {
    let data = images(count)?;
    let mut model = net().compile(backend, losses::SoftmaxCrossEntropy::new(), optimizer, 0)?;
    let history = model.fit(&data, Fit::new().epochs(REPEATS + 1).batch(batch))?;
    let steps = (count / batch) as f64;
    let mut times: Vec<f64> =
        history.epochs.iter().skip(1).map(|epoch| 1e6 * epoch.seconds / steps).collect();
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "peer": "wgrad", "version": env!("CARGO_PKG_VERSION"), "workload": name,
        "median": times[times.len() / 2], "fastest": times[0],
        "loss": history.last().map(|epoch| epoch.metrics.loss),
    });
    println!("{line}");
    Ok(())
}
