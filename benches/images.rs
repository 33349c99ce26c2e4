//! Steps of convolutional nets on MNIST-like images: `cargo bench --bench images -- c1 c1a c2`, with `--gpu` on a GPU.

mod common;
#[path = "../examples/common/resnet.rs"]
mod resnet;

use wgrad::backend::{Backend, Choice};
use wgrad::layers::{Conv2d, ConvTranspose2d, Dense, Flatten, MaxPool2d, Padding, Relu, Reshape, Sigmoid};
use wgrad::random::{Purpose, Stream};
use wgrad::{Dataset, Fit, Graph, Init, Model, Optimizer, Result, Samples, Sequential, losses};

/// Epochs that are timed, after one that warms up.
const REPEATS: usize = 5;

fn main() -> Result<()> {
    let (flags, names): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let choice = if flags.iter().any(|flag| flag == "--gpu") { Choice::Gpu } else { Choice::Cpu };
    for name in names {
        let backend = choice.open(None)?.backend;
        match name.as_str() {
            "c1" => time("c1", &mut classifier(backend, Optimizer::sgd(0.05))?, &labelled(3_200)?, 32)?,
            "c1a" => time("c1a", &mut classifier(backend, Optimizer::adam(1e-3))?, &labelled(6_400)?, 128)?,
            "c2" => time("c2", &mut autoencoder(backend)?, &Dataset::autoencoder(images(6_400)?), 128)?,
            "c3" => time("c3", &mut residual(backend)?, &labelled(1_280)?, 128)?,
            other => println!("there is no workload {other}; there are c1, c1a, c2 and c3"),
        }
    }
    Ok(())
}

/// Two convolutions with pools, and two dense layers.
fn classifier(backend: Box<dyn Backend>, optimizer: Optimizer) -> Result<Model> {
    let conv = |filters| Conv2d::new(filters, 3).padding(Padding::Same).init(Init::HeUniform);
    let net = Sequential::new([28, 28, 1]).add(conv(16)).add(Relu).add(MaxPool2d::new(2));
    let net = net.add(conv(32)).add(Relu).add(MaxPool2d::new(2)).add(Flatten);
    let net = net.add(Dense::new(128).init(Init::HeUniform)).add(Relu).add(Dense::new(10));
    net.compile(backend, losses::SoftmaxCrossEntropy::new(), optimizer, 0)
}

/// Two convolutions to 32 latents, and two transposed ones back.
fn autoencoder(backend: Box<dyn Backend>) -> Result<Model> {
    let down = |filters| Conv2d::new(filters, 3).stride(2).padding(Padding::explicit(1));
    let up =
        |filters| ConvTranspose2d::new(filters, 3).stride(2).padding(Padding::explicit(1)).output_padding(1);
    let net = Sequential::new([28, 28, 1]).add(down(16)).add(Relu).add(down(32)).add(Relu).add(Flatten);
    let net = net.add(Dense::new(32)).add(Dense::new(1_568)).add(Relu).add(Reshape::new([7, 7, 32]));
    let net = net.add(up(16)).add(Relu).add(up(1)).add(Sigmoid);
    net.compile(backend, losses::MeanSquaredError, Optimizer::adam(1e-3), 0)
}

/// Three residual blocks of 16, 32 and 64 filters.
fn residual(backend: Box<dyn Backend>) -> Result<Model> {
    let mut net = Graph::new();
    let images = net.input("images", [28, 28, 1]);
    let pooled = resnet::resnet(&mut net, images, &[16, 32, 64]);
    net.add(Dense::new(10), [pooled]);
    net.compile(backend, losses::SoftmaxCrossEntropy::new(), Optimizer::momentum(0.05, 0.9), 0)
}

/// Random pixels; how fast they are learnt from does not depend on what they show.
fn images(count: usize) -> Result<Samples> {
    let mut stream = Stream::new(0, Purpose::Checking);
    let pixels = (0..count * 784).map(|_| stream.below(256) as u8).collect();
    Samples::images(pixels, [28, 28, 1])
}

/// The same with labels.
fn labelled(count: usize) -> Result<Dataset> {
    let labels = (0..count as u32).map(|sample| sample * 7 % 10).collect();
    Dataset::classification(images(count)?, labels)
}

fn time(name: &str, model: &mut Model, data: &Dataset, batch: usize) -> Result<()> {
    let history = model.fit(data, Fit::new().epochs(REPEATS + 1).batch(batch))?;
    let steps = (data.len() / batch) as f64;
    let mut times: Vec<f64> =
        history.epochs.iter().skip(1).map(|epoch| 1e6 * epoch.seconds / steps).collect();
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "peer": "wgrad", "version": env!("CARGO_PKG_VERSION"), "workload": name,
        "median": times[times.len() / 2], "fastest": times[0],
        "dispatches": history.dispatches_per_step,
        "loss": history.last().map(|epoch| epoch.metrics.loss),
    });
    println!("{line}");
    Ok(())
}
