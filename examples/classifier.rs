//! Classifies digits, clothes, letters or what other images show, with a multilayer perceptron, a convolutional net or a
//! residual one: softmax cross-entropy, augmentation, dropout, AdamW with warm-up and cosine, averages of weights.

mod common;

use std::path::PathBuf;

use clap::Parser;
use common::classifier::{Net, Part, Plan, winner};
use common::data::{DataArgs, labelled};
use common::{BackendArgs, CheckpointArgs, PrecisionArgs, ProfileArgs, prepare, say};
use wgrad::callback::Progress;
use wgrad::metrics::ClassReport;
use wgrad::serde_json::json;
use wgrad::{Fit, Result, losses, write_whole};

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
    /// Filters of the convolutions or residual blocks, from the first to the last [default: the net's].
    #[arg(long, value_delimiter = ',', value_name = "N,N")]
    filters: Option<Vec<usize>>,
    /// How many times all training images are seen [default: the net's].
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Images of a training step.
    #[arg(long, default_value_t = 128, value_name = "N")]
    batch: usize,
    /// Learning rate after the warm-up.
    #[arg(long, default_value_t = 0.002, value_name = "X")]
    lr: f32,
    /// Parts of the net's training to leave out, to see what each brings.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART,…")]
    without: Vec<Part>,
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

impl Flags {
    /// The net's training with what the flags change.
    fn plan(&self) -> Plan {
        let mut plan = self.net.plan();
        plan.filters = self.filters.clone().unwrap_or(plan.filters);
        plan.epochs = if self.smoke { 2 } else { self.epochs.unwrap_or(plan.epochs) };
        plan.parts.retain(|part| !self.without.contains(part));
        plan
    }
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
    let plan = flags.plan();
    let most = if flags.smoke { 512 } else { usize::MAX };
    // Each class has an output, whatever its label.
    let (classes, names) = (splits.classes(), splits.class_names());
    let (train_images, test_images) = (splits.train.take(most), splits.test.take(most));
    let train = labelled(&train_images, &classes)?;
    let test = labelled(&test_images, &classes)?;

    let mut net = plan.net(train.inputs().shape(), classes.len());
    net.set_precision(flags.precision.precision);
    say(format_args!("\n{}\n", net.summary()?))?;
    let loss = losses::SoftmaxCrossEntropy::new();
    let mut model = net.compile(backend, loss, plan.optimizer(flags.lr), flags.seed)?;

    let mut progress = Progress::new();
    let fit = Fit::new().epochs(plan.epochs).batch(flags.batch).validation(&test);
    let fit = if flags.quiet { fit } else { fit.callback(&mut progress) };
    let checkpoint = flags.out.join("checkpoint.safetensors");
    let history = flags.checkpoints.train(&mut model, &train, fit, &checkpoint)?;
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
    say(format_args!("test loss {:.4}", metrics.loss))?;

    let scores = model.predict(test.inputs())?;
    let predictions: Vec<u32> = scores.outer_iter().map(|row| classes[winner(row)]).collect();
    let report = ClassReport::new(&test_images.labels, &predictions)?;
    say(format_args!("\n{}", report.named(|class| names[&class].clone())))?;
    flags.profile.show(&mut model, &train, flags.batch)
}
