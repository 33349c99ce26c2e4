//! Classifies digits, clothes, letters or what other images show, with a multilayer perceptron, a convolutional net or a
//! residual one: softmax cross-entropy, dropout, AdamW with warm-up, early stopping.

mod common;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use common::data::{DataArgs, shape};
use common::resnet::resnet;
use common::{BackendArgs, CheckpointArgs, PrecisionArgs, ProfileArgs, prepare, say};
use wgrad::callback::{EarlyStopping, Progress};
use wgrad::data::Images;
use wgrad::layers::{Conv2d, Dense, Dropout, Flatten, MaxPool2d, Padding, Relu, Reshape};
use wgrad::metrics::ClassReport;
use wgrad::serde_json::json;
use wgrad::{
    Dataset, Fit, Graph, Init, Optimizer, Result, Samples, Schedule, Sequential, losses, write_whole,
};

/// A kind of net.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Net {
    /// Dense layers over all pixels.
    Mlp,
    /// Convolutions of 3 × 3 pixels, each with a pool of 2 × 2, and dense layers.
    Conv,
    /// Residual blocks of convolutions with batch normalisation.
    Resnet,
}

/// Classify digits, or what other images show, with a multilayer perceptron, a convolutional net or a residual one.
#[derive(Parser, Debug)]
struct Flags {
    #[command(flatten)]
    backend: BackendArgs,
    #[command(flatten)]
    precision: PrecisionArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    checkpoints: CheckpointArgs,
    #[command(flatten)]
    profile: ProfileArgs,
    /// Kind of net.
    #[arg(long, value_enum, default_value_t = Net::Mlp)]
    net: Net,
    /// Filters of the convolutions or residual blocks, from the first to the last.
    #[arg(long, default_value = "16,32", value_delimiter = ',', value_name = "N,N")]
    filters: Vec<usize>,
    /// The most epochs; training stops earlier where the test loss has stopped falling.
    #[arg(long, default_value_t = 12, value_name = "N")]
    epochs: usize,
    /// Images of a training step.
    #[arg(long, default_value_t = 128, value_name = "N")]
    batch: usize,
    /// Learning rate after the warm-up.
    #[arg(long, default_value_t = 0.002, value_name = "X")]
    lr: f32,
    /// Decides initial weights, the order of images, dropout, and drawn digits.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Folder for history.csv, metrics.json and the checkpoint.
    #[arg(long, default_value = "out/classifier", value_name = "DIR")]
    out: PathBuf,
    /// A quick run: two epochs on 512 images.
    #[arg(long)]
    smoke: bool,
    /// No progress and no lines for epochs.
    #[arg(long)]
    quiet: bool,
}

fn main() {
    let flags: Flags = common::flags();
    common::exit_on_error(run(&flags));
}

fn run(flags: &Flags) -> Result<()> {
    if flags.backend.adapter.listed()? {
        return Ok(());
    }
    prepare(&flags.out, &["history.csv", "metrics.json"])?;
    let backend = flags.backend.open()?;
    let splits = flags.data.load(flags.seed)?;
    let (epochs, most) = if flags.smoke { (2, 512) } else { (flags.epochs, usize::MAX) };
    // Each class has an output, whatever its label.
    let (classes, names) = (splits.classes(), splits.class_names());
    let (train_images, test_images) = (splits.train.take(most), splits.test.take(most));
    let train = labelled(&train_images, &classes)?;
    let test = labelled(&test_images, &classes)?;

    let net = net(flags, train.inputs().shape(), classes.len());
    say(format_args!("\n{}\n", net.summary()?))?;
    let schedule = Schedule::WarmupCosine { epochs: 1, floor: 0.01 };
    let optimizer = Optimizer::adam_w(flags.lr, 0.01).schedule(schedule).clip_norm(1.0);
    let mut model = net.compile(backend, losses::SoftmaxCrossEntropy::new(), optimizer, flags.seed)?;

    let (mut progress, mut stop) = (Progress::new(), EarlyStopping::new(4));
    let fit = Fit::new().epochs(epochs).batch(flags.batch).validation(&test);
    let fit = if flags.quiet { fit } else { fit.callback(&mut progress) };
    let checkpoint = flags.out.join("checkpoint.safetensors");
    let history = flags.checkpoints.train(&mut model, &train, fit.callback(&mut stop), &checkpoint)?;
    history.write_csv(flags.out.join("history.csv"))?;
    let metrics = model.evaluate(&test)?;
    let steps = history.epochs.len() * train.len().div_ceil(flags.batch.min(train.len()));
    let figures = json!({
        "test_accuracy": metrics.accuracy, "test_loss": metrics.loss, "train_images": train.len(),
        "epochs": history.epochs.len(), "batch": flags.batch, "parameters": model.summary()?.parameters(),
        "dispatches_per_step": history.dispatches_per_step, "train_seconds": history.train_seconds(),
        "us_per_step": 1e6 * history.train_seconds() / steps as f64,
    });
    write_whole(flags.out.join("metrics.json"), format!("{figures:#}\n").as_bytes())?;
    say(format_args!("best epoch's weights: test loss {:.4}", metrics.loss))?;

    let scores = model.predict(test.inputs())?;
    let largest = |row: wgrad::ndarray::ArrayView1<'_, f32>| {
        classes[(1..row.len()).fold(0, |best, output| if row[output] > row[best] { output } else { best })]
    };
    let predictions: Vec<u32> = scores.outer_iter().map(largest).collect();
    let report = ClassReport::new(&test_images.labels, &predictions)?;
    say(format_args!("\n{}", report.named(|class| names[&class].clone())))?;
    flags.profile.show(&mut model, &train, flags.batch)
}

/// The net that the flags ask for.
fn net(flags: &Flags, image: &[usize], classes: usize) -> Graph {
    let net = Sequential::new(image).precision(flags.precision.precision);
    let dense = |units| Dense::new(units).init(Init::HeNormal);
    match flags.net {
        Net::Mlp => {
            let net = net.add(Flatten).add(dense(256)).add(Relu).add(Dropout::new(0.2));
            net.add(dense(128)).add(Relu).add(Dense::new(classes)).into()
        }
        Net::Conv => {
            let mut net = if image.len() == 2 { net.add(Reshape::new([image[0], image[1], 1])) } else { net };
            for filters in &flags.filters {
                let conv = Conv2d::new(*filters, 3).padding(Padding::Same).init(Init::HeNormal);
                net = net.add(conv).add(Relu).add(MaxPool2d::new(2));
            }
            net.add(Flatten).add(dense(128)).add(Relu).add(Dropout::new(0.2)).add(Dense::new(classes)).into()
        }
        Net::Resnet => {
            let mut net = resnet(image, &flags.filters, classes);
            net.set_precision(flags.precision.precision);
            net
        }
    }
}

/// The images with the place of each one's label among the classes.
fn labelled(images: &Images, classes: &[u32]) -> Result<Dataset> {
    let samples = Samples::images(images.pixels.clone(), shape(images))?;
    let place = |label: &u32| classes.partition_point(|class| class < label) as u32;
    Dataset::classification(samples, images.labels.iter().map(place).collect())
}
