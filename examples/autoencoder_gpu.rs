//! Trains an autoencoder on MNIST or another set of images, classifies its latents with a support vector machine, and writes what came out.

mod common;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use common::autoencoder::Autoencoder;
use common::data::{DataArgs, grey};
use common::recipe::{Method, Plan, Recipe};
use common::svm::{self, SvmArgs};
use common::{AdapterArgs, BackendArgs, CheckpointArgs, PrecisionArgs, ProfileArgs, prepare, say};
use wgrad::backend::gpu::Gpu;
use wgrad::callback::Progress;
use wgrad::data::Images;
use wgrad::metrics::ClassReport;
use wgrad::report::{ImageRow, Tile, confusion_matrix, image_grid, loss_curve};
use wgrad::serde_json::{Value, json};
use wgrad::{Dataset, Error, Fit, History, Model, Result, Samples, TensorFile, losses, write_whole};

/// Train an autoencoder on MNIST, or another set of images, and classify its latents.
#[derive(Parser, Debug)]
#[command(after_help = Recipe::help())]
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
    /// What net and training to begin from; see below [default: wgrad, or plain with --encoder, --optimizer or --lr].
    #[arg(long, value_name = "NAME", hide_possible_values = true)]
    recipe: Option<Recipe>,
    /// Units of the encoder's layers, the last being the latents; the decoder mirrors them [default: the recipe's].
    #[arg(long, value_delimiter = ',', value_name = "N,N,…")]
    encoder: Option<Vec<usize>>,
    /// Filters of convolutions in front of the encoder's dense layers, each of which halves the images' sides [default: the recipe's].
    #[arg(long, value_delimiter = ',', value_name = "N,N,…")]
    filters: Option<Vec<usize>>,
    /// Training images [default: the recipe's].
    #[arg(long, value_name = "N")]
    train: Option<usize>,
    /// How many times all training images are seen [default: the recipe's].
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Images of a training step [default: the recipe's].
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// How weights follow their gradients [default: the recipe's].
    #[arg(long)]
    optimizer: Option<Method>,
    /// Learning rate [default: the recipe's, or that of the optimizer: sgd 0.5, momentum 0.1, others 0.001].
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    lr: Option<f32>,
    /// Decides initial weights, the order of images, and drawn digits.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Rows of latents that the support vector machine is fitted on; 0 leaves it out [default: the recipe's].
    #[arg(long, value_name = "N")]
    svm: Option<usize>,
    /// The support vector machine's penalty C [default: the recipe's].
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    svm_c: Option<f64>,
    #[command(flatten)]
    svm_args: SvmArgs,
    /// Folder for the results.
    #[arg(long, default_value = "out/autoencoder", value_name = "DIR")]
    out: PathBuf,
    /// A quick run of everything on 512 drawn or given images.
    #[arg(long)]
    smoke: bool,
    /// Compare every op of the library on the GPU with the CPU, show a table, and stop; --adapter chooses the GPU.
    /// Thorough takes all shapes and combinations.
    #[arg(long, value_name = "quick|thorough", num_args = 0..=1, default_missing_value = "quick", hide_possible_values = true)]
    self_check: Option<Extent>,
    /// No progress and no lines for epochs.
    #[arg(long)]
    quiet: bool,
}

/// Images of the test set that are shown beside their reconstructions.
const SHOWN: usize = 10;

/// How much a self-check compares.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Extent {
    Quick,
    Thorough,
}

/// What the training writes, and what the support vector machine does.
const FILES: [&str; 5] =
    ["model.safetensors", "history.csv", "metrics.json", "loss.svg", "reconstructions.png"];
const SVM_FILES: [&str; 3] = ["latents.safetensors", "svm.safetensors", "confusion.svg"];

impl Flags {
    /// The recipe with what the flags change.
    fn plan(&self) -> Plan {
        let other_training = self.encoder.is_some() || self.optimizer.is_some() || self.lr.is_some();
        let plan = self.recipe.unwrap_or(if other_training { Recipe::Plain } else { Recipe::Wgrad }).plan();
        let plan = if self.smoke { plan.quick() } else { plan };
        let method = self.optimizer.unwrap_or(plan.method);
        let rate = if method == plan.method { plan.rate } else { method.usual_rate() };
        let encoder = self.encoder.clone().unwrap_or(plan.shape.encoder);
        let filters = self.filters.clone().unwrap_or(plan.shape.filters);
        Plan {
            shape: Autoencoder { filters, encoder, ..plan.shape },
            method,
            rate: self.lr.unwrap_or(rate),
            schedule: plan.schedule,
            average: plan.average,
            images: self.train.unwrap_or(plan.images),
            epochs: self.epochs.unwrap_or(plan.epochs),
            batch: self.batch.unwrap_or(plan.batch),
            svm_rows: self.svm.unwrap_or(plan.svm_rows),
            svm_c: self.svm_c.unwrap_or(plan.svm_c),
        }
    }
}

fn main() {
    let flags: Flags = common::flags();
    common::exit_on_error(match flags.self_check {
        Some(extent) if !flags.backend.adapter.adapters => self_check(extent, &flags.backend.adapter),
        _ => run(&flags, flags.plan()),
    });
}

/// Ends the program with status 1 if the GPU computes anything else than the CPU.
fn self_check(extent: Extent, adapter: &AdapterArgs) -> Result<()> {
    let gpu = Gpu::new(&adapter.choice())?;
    if let Some(note) = gpu.note() {
        say(note)?;
    }
    let check = match extent {
        Extent::Quick => wgrad::self_check(gpu)?,
        Extent::Thorough => wgrad::self_check::thorough(gpu)?,
    };
    say(&check)?;
    std::process::exit(i32::from(!check.passed()));
}

/// Finds settings that would only fail after the training.
fn check(flags: &Flags, plan: &Plan) -> Result<()> {
    if plan.images == 0 {
        return Err(Error::Setting { why: "--train is 0 images; it must be at least 1".into() });
    }
    Ok(flags.svm_args.params(plan.svm_c).check_settings()?)
}

fn run(flags: &Flags, plan: Plan) -> Result<()> {
    if flags.backend.adapter.listed()? {
        return Ok(());
    }
    check(flags, &plan)?;
    prepare(&flags.out, &FILES)?;
    if plan.svm_rows > 0 {
        prepare(&flags.out, &SVM_FILES)?;
    }
    let backend = flags.backend.open()?;
    let splits = flags.data.load(flags.seed)?;
    let (source, names) = (splits.source.to_string(), splits.class_names());
    let plan = &plan.within(splits.train.len());
    let train_images = splits.train.take(plan.images);
    let test_images = splits.test.take(if flags.smoke { 256 } else { usize::MAX });
    let train = Dataset::autoencoder(samples(&train_images)?);
    let test = Dataset::autoencoder(samples(&test_images)?);

    let start = Instant::now();
    let image = [train_images.height, train_images.width, train_images.channels];
    let net = plan.shape.net(image).precision(flags.precision.precision);
    say(format_args!("\n{}\n\n{plan}\n", net.summary()?))?;
    let mut model = net.compile(backend, losses::MeanSquaredError, plan.optimizer(), flags.seed)?;
    let build_seconds = start.elapsed().as_secs_f64();
    let mut progress = Progress::new();
    let fit = Fit::new().epochs(plan.epochs).batch(plan.batch).validation(&test);
    let fit = if flags.quiet { fit } else { fit.callback(&mut progress) };
    let checkpoint = flags.out.join("checkpoint.safetensors");
    let history = flags.checkpoints.train(&mut model, &train, fit, &checkpoint)?;
    // What is done is written before what may fail.
    model.save(flags.out.join("model.safetensors"))?;
    history.write_csv(flags.out.join("history.csv"))?;
    let test_mse = model.evaluate(&test)?.loss;
    let info = model.backend_info();
    let steps = history.epochs.len() * train.len().div_ceil(plan.batch.min(train.len()));
    let mut metrics = json!({
        "backend": info.backend, "adapter": info.device, "precision": model.precision().name(), "dataset": source,
        "train_images": train.len(), "epochs": history.epochs.len(), "batch": plan.batch, "steps": steps,
        "dispatches_per_step": history.dispatches_per_step,
        "compile_seconds": build_seconds + history.compile_seconds, "train_seconds": history.train_seconds(),
        "us_per_step": 1e6 * history.train_seconds() / steps as f64,
        "train_loss": history.last().map(|epoch| epoch.metrics.loss), "test_mse": test_mse,
    });
    write_metrics(flags, &metrics)?;
    say(format_args!("reconstruction error on {} test images: {test_mse:.5} (mean squared)", test.len()))?;
    draw_training(flags, &mut model, &history, &test, &test_images)?;
    flags.profile.show(&mut model, &train, plan.batch)?;

    if plan.svm_rows == 0 {
        metrics["svm"] = Value::Null;
        write_metrics(flags, &metrics)?;
    } else {
        let sets = [(&train, &train_images), (&test, &test_images)];
        let classified = classify(flags, plan, &mut model, sets);
        metrics["svm"] = match &classified {
            Ok((figures, _)) => figures.clone(),
            Err(error) => json!({ "error": error.to_string() }),
        };
        write_metrics(flags, &metrics)?;
        let (figures, report) = classified?;
        show_classes(flags, &figures, &report.named(|class| names[&class].clone()))?;
    }
    say(format_args!("results are in {}", flags.out.display()))
}

fn write_metrics(flags: &Flags, metrics: &Value) -> Result<()> {
    write_whole(flags.out.join("metrics.json"), format!("{metrics:#}\n").as_bytes())
}

fn samples(images: &Images) -> Result<Samples> {
    Samples::images(images.pixels.clone(), [images.height * images.width * images.channels])
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
    let originals = test.inputs().take(SHOWN);
    let reconstructions: Vec<f32> = model.predict(&originals)?.iter().copied().collect();
    let originals: Vec<f32> = originals.to_array().iter().copied().collect();
    let [originals, reconstructions] =
        [&originals, &reconstructions].map(|pixels| grey(pixels, images.channels));
    let rows = [ImageRow::Unit(&originals), ImageRow::Unit(&reconstructions)];
    image_grid(
        flags.out.join("reconstructions.png"),
        &rows,
        Tile::in_row(images.height, images.width, SHOWN),
    )?;
    Ok(())
}

/// Fits a support vector machine on latents, and returns its figures and how well it does.
fn classify(
    flags: &Flags,
    plan: &Plan,
    model: &mut Model,
    [(train, train_images), (test, test_images)]: [(&Dataset, &Images); 2],
) -> Result<(Value, ClassReport)> {
    let (train_labels, test_labels) = (&train_images.labels, &test_images.labels);
    let train_latents = model.encode("latent", train.inputs())?;
    let test_latents = model.encode("latent", test.inputs())?;
    let (rows, out) = (plan.svm_rows.min(train_labels.len()), &flags.out);
    let latents = TensorFile::new()
        .with_reals("train_latents", train_latents.view())
        .with_integers("train_labels", train_labels)
        .with_reals("test_latents", test_latents.view())
        .with_integers("test_labels", test_labels);
    latents.write(out.join("latents.safetensors"))?;

    let start = Instant::now();
    let fitted = train_latents.slice(wgrad::ndarray::s![..rows, ..]);
    let svm = svm::fit(&flags.svm_args.params(plan.svm_c), fitted, &train_labels[..rows], flags.quiet)?;
    let fit_seconds = start.elapsed().as_secs_f64();
    svm.save(out.join("svm.safetensors"))?;
    let mut backend = flags.backend.another()?;
    let start = Instant::now();
    let predictions = svm.predict_on(&mut *backend, test_latents.view())?;
    let predict_seconds = start.elapsed().as_secs_f64();
    latents.with_integers("test_predictions", &predictions).write(out.join("latents.safetensors"))?;

    let report = ClassReport::new(test_labels, &predictions)?;
    let figures = json!({
        "train_rows": rows, "c": svm.c(), "gamma": svm.gamma(), "support_vectors": svm.support_vectors(),
        "accuracy": report.accuracy(), "fit_seconds": fit_seconds, "predict_seconds": predict_seconds,
        "warnings": svm.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    Ok((figures, report))
}

fn show_classes(flags: &Flags, figures: &Value, report: &ClassReport) -> Result<()> {
    let number = |key: &str| figures[key].as_f64().unwrap_or(f64::NAN);
    say(format_args!(
        "\nsupport vector machine on {} latents, C = {}, γ = {:.4}:",
        figures["train_rows"],
        number("c"),
        number("gamma")
    ))?;
    let (predictions, seconds) = (report.confusion().sum(), number("predict_seconds"));
    say(format_args!(
        "{} support vectors, fitted in {:.1} s, {predictions} predictions in {seconds:.2} s\n",
        figures["support_vectors"],
        number("fit_seconds")
    ))?;
    say(format_args!("{report}\n\n{}", report.confusion_table()))?;
    let title = format!("Latent SVM: {:.2} % right", 100.0 * report.accuracy());
    confusion_matrix(flags.out.join("confusion.svg"), &title, report.names(), report.confusion().view())?;
    Ok(())
}
