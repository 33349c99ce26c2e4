//! Trains an autoencoder on MNIST, classifies its latents with a support vector machine, and writes what came out.

mod common;

use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use common::data::DataArgs;
use common::{BackendArgs, CheckpointArgs, Method, PrecisionArgs};
use serde_json::json;
use wgrad::backend::gpu::{AdapterChoice, Gpu};
use wgrad::callback::Progress;
use wgrad::data::Images;
use wgrad::layers::{Dense, Relu, Sigmoid};
use wgrad::metrics::ClassReport;
use wgrad::report::{ImageRow, Tile, confusion_matrix, image_grid, loss_curve};
use wgrad::svm::RbfSvm;
use wgrad::{
    Dataset, Error, Fit, History, Loss, Model, Result, Samples, Sequential, TensorFile, write_whole,
};

/// Train an autoencoder on MNIST and classify its latents.
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
    /// Units of the encoder's layers, the last being the latents; the decoder mirrors them.
    #[arg(long, default_value = "128,64,32", value_delimiter = ',', value_name = "N,N,…")]
    encoder: Vec<usize>,
    /// Training images.
    #[arg(long, default_value_t = 60_000, value_name = "N")]
    train: usize,
    /// How many times all training images are seen.
    #[arg(long, default_value_t = 20, value_name = "N")]
    epochs: usize,
    /// Images of a training step.
    #[arg(long, default_value_t = 256, value_name = "N")]
    batch: usize,
    /// How weights follow their gradients.
    #[arg(long, default_value = "adam")]
    optimizer: Method,
    /// Learning rate [default: sgd 0.5, momentum 0.1, others 0.001].
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    lr: Option<f32>,
    /// Decides initial weights, the order of images, and drawn digits.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Rows of latents that the support vector machine is fitted on; 0 leaves it out.
    #[arg(long, default_value_t = 60_000, value_name = "N")]
    svm: usize,
    /// The support vector machine's penalty C.
    #[arg(long, default_value_t = 10.0, value_name = "X", allow_negative_numbers = true)]
    svm_c: f64,
    /// Folder for the results.
    #[arg(long, default_value = "out/autoencoder", value_name = "DIR")]
    out: PathBuf,
    /// A quick run of everything on 512 drawn or given images.
    #[arg(long)]
    smoke: bool,
    /// Compare every op of the library on the GPU with the CPU, show a table, and stop; --adapter chooses the GPU.
    #[arg(long)]
    self_check: bool,
    /// Measure each dispatch of a training step, where the adapter can.
    #[arg(long)]
    profile: bool,
    /// No progress and no lines for epochs.
    #[arg(long)]
    quiet: bool,
}

fn main() {
    let mut flags = Flags::parse();
    if flags.smoke {
        (flags.train, flags.epochs, flags.svm) = (512, 2, 512);
    }
    common::exit_on_error(if flags.self_check { self_check(flags.backend.adapter) } else { run(&flags) });
}

/// Ends the program with status 1 if the GPU computes anything else than the CPU.
fn self_check(adapter: Option<String>) -> Result<()> {
    let gpu = Gpu::new(&AdapterChoice { name: adapter, software: true })?;
    let check = wgrad::self_check(gpu)?;
    println!("{check}");
    std::process::exit(i32::from(!check.passed()));
}

/// Finds what would only fail after the training.
fn check(flags: &Flags) -> Result<()> {
    if flags.train == 0 {
        return Err(Error::Setting { why: "--train is 0 images; it must be at least 1".into() });
    }
    Ok(RbfSvm::params().c(flags.svm_c).check_settings()?)
}

fn run(flags: &Flags) -> Result<()> {
    check(flags)?;
    std::fs::create_dir_all(&flags.out).map_err(|source| Error::Write { path: flags.out.clone(), source })?;
    let backend = flags.backend.open()?;
    let mnist = flags.data.load(flags.seed)?;
    let source = mnist.source.to_string();
    let train_images = mnist.train.take(flags.train);
    let test_images = mnist.test.take(if flags.smoke { 256 } else { usize::MAX });
    let train = Dataset::autoencoder(samples(&train_images)?);
    let test = Dataset::autoencoder(samples(&test_images)?);

    let start = Instant::now();
    let net = autoencoder(&flags.encoder, train.inputs().width()).precision(flags.precision.precision);
    println!("\n{}\n", net.summary()?);
    let optimizer = flags.optimizer.optimizer(flags.lr);
    let mut model = net.compile(backend, Loss::MeanSquaredError, optimizer, flags.seed)?;
    let build_seconds = start.elapsed().as_secs_f64();
    let mut progress = Progress::new();
    let fit = Fit::new().epochs(flags.epochs).batch(flags.batch).validation(&test);
    let mut fit = flags.checkpoints.apply(fit, &flags.out.join("checkpoint.safetensors"));
    if !flags.quiet {
        fit = fit.callback(&mut progress);
    }
    let history = model.fit(&train, fit)?;
    let test_mse = model.evaluate(&test)?.loss;
    println!("reconstruction error on {} test images: {test_mse:.5} (mean squared)", test.len());

    model.save(flags.out.join("model.safetensors"))?;
    if flags.profile {
        match model.profile(&train, flags.batch)? {
            Some(timeline) => println!("\n{timeline}\n"),
            None => println!("this device does not measure its work"),
        }
    }
    history.write_csv(flags.out.join("history.csv"))?;
    draw_training(flags, &mut model, &history, &test, &test_images)?;
    let svm = if flags.svm == 0 {
        None
    } else {
        Some(classify(flags, &mut model, [&train, &test], [&train_images, &test_images])?)
    };
    let info = model.backend_info();
    let steps = history.epochs.len() * train.len().div_ceil(flags.batch.min(train.len()));
    let metrics = json!({
        "backend": info.backend, "adapter": info.device, "precision": model.precision().name(), "dataset": source,
        "train_images": train.len(), "epochs": history.epochs.len(), "batch": flags.batch, "steps": steps,
        "dispatches_per_step": history.dispatches_per_step,
        "compile_seconds": build_seconds + history.compile_seconds, "train_seconds": history.train_seconds(),
        "us_per_step": 1e6 * history.train_seconds() / steps as f64,
        "train_loss": history.last().map(|epoch| epoch.metrics.loss), "test_mse": test_mse, "svm": svm,
    });
    let path = flags.out.join("metrics.json");
    write_whole(&path, format!("{metrics:#}\n").as_bytes())?;
    println!("results are in {}", flags.out.display());
    Ok(())
}

fn samples(images: &Images) -> Result<Samples> {
    Samples::images(images.pixels.clone(), [images.height * images.width])
}

/// Rectified linear layers down to the latents and up again, with intensities between 0 and 1 at the end.
fn autoencoder(encoder: &[usize], pixels: usize) -> Sequential {
    let mut net = Sequential::new([pixels]);
    for (number, units) in encoder.iter().enumerate() {
        net = net.add(Dense::new(*units));
        net = if number + 1 == encoder.len() { net.add_named("latent", Relu) } else { net.add(Relu) };
    }
    for units in encoder.iter().rev().skip(1) {
        net = net.add(Dense::new(*units)).add(Relu);
    }
    net.add(Dense::new(pixels)).add(Sigmoid)
}

fn draw_training(
    flags: &Flags,
    model: &mut Model,
    history: &History,
    test: &Dataset,
    images: &Images,
) -> Result<()> {
    let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.metrics.loss).collect();
    let validation: Vec<f64> = history.epochs.iter().map(|epoch| epoch.judged_loss()).collect();
    let series = [("training", losses.as_slice()), ("test", validation.as_slice())];
    loss_curve(flags.out.join("loss.svg"), "Reconstruction error", &series)?;
    let originals = test.inputs().take(10);
    let reconstructions: Vec<f32> = model.predict(&originals)?.iter().copied().collect();
    let originals: Vec<f32> = originals.to_array().iter().copied().collect();
    let rows = [ImageRow::Unit(&originals), ImageRow::Unit(&reconstructions)];
    image_grid(flags.out.join("reconstructions.png"), &rows, Tile::new(images.height, images.width))?;
    Ok(())
}

/// Fits a support vector machine on latents, shows how well it does, and returns its figures.
fn classify(
    flags: &Flags,
    model: &mut Model,
    [train, test]: [&Dataset; 2],
    [train_images, test_images]: [&Images; 2],
) -> Result<serde_json::Value> {
    let labels = |images: &Images| images.labels.iter().map(|label| u32::from(*label)).collect::<Vec<_>>();
    let (train_labels, test_labels) = (labels(train_images), labels(test_images));
    let train_latents = model.encode("latent", train.inputs())?;
    let test_latents = model.encode("latent", test.inputs())?;
    let rows = flags.svm.min(train_labels.len());

    let start = Instant::now();
    let fitted = train_latents.slice(ndarray::s![..rows, ..]);
    let svm = RbfSvm::params().c(flags.svm_c).fit(fitted, &train_labels[..rows])?;
    let fit_seconds = start.elapsed().as_secs_f64();
    svm.save(flags.out.join("svm.safetensors"))?;
    let start = Instant::now();
    let predictions = svm.predict(test_latents.view())?;
    let predict_seconds = start.elapsed().as_secs_f64();

    let report = ClassReport::new(&test_labels, &predictions)?;
    println!("\nsupport vector machine on {rows} latents, C = {}, γ = {:.4}:", svm.c(), svm.gamma());
    println!(
        "{} support vectors, fitted in {fit_seconds:.1} s, {} predictions in {predict_seconds:.2} s\n",
        svm.support_vectors(),
        predictions.len()
    );
    println!("{report}\n\n{}", report.confusion_table());
    let names: Vec<String> = report.classes().iter().map(|class| class.class.to_string()).collect();
    let title = format!("Latent SVM: {:.2} % right", 100.0 * report.accuracy());
    confusion_matrix(flags.out.join("confusion.svg"), &title, &names, report.confusion().view())?;
    TensorFile::new()
        .with_reals("train_latents", train_latents.view())
        .with_integers("train_labels", &train_labels)
        .with_reals("test_latents", test_latents.view())
        .with_integers("test_labels", &test_labels)
        .with_integers("test_predictions", &predictions)
        .write(flags.out.join("latents.safetensors"))?;
    Ok(json!({
        "train_rows": rows, "c": svm.c(), "gamma": svm.gamma(), "support_vectors": svm.support_vectors(),
        "accuracy": report.accuracy(), "fit_seconds": fit_seconds, "predict_seconds": predict_seconds,
    }))
}
