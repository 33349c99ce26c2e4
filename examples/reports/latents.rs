//! Section 4: what a support vector machine makes of the latents.

use ndarray::{Array2, ArrayView2, s};
use serde_json::json;
use wgrad::Result;
use wgrad::metrics::ClassReport;
use wgrad::report::{ImageRow, Tile, confusion_matrix, image_grid, scatter};
use wgrad::svm::RbfSvm;

use crate::lab::{Lab, Which, labels, samples, timed};
use crate::projection::first_two;

/// Test images on the map: more would hide each other.
const ON_MAP: usize = 2_000;
/// Steps of the walk from one digit to another.
const STEPS: usize = 10;
/// Rows of raw pixels that a machine is fitted on.
const RAW_ROWS: usize = 5_000;

/// A fitted machine and how it did on the test images.
pub struct Judged {
    pub report: ClassReport,
    pub predictions: Vec<u32>,
    pub support: usize,
    pub rows: usize,
    pub fit_seconds: f64,
    pub predict_seconds: f64,
}

/// The latents of training and test images.
pub struct Latents {
    pub train: Array2<f32>,
    pub test: Array2<f32>,
}

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("latents", "Latent classification");
    lab.page.text(
        "A support vector machine with a radial kernel on the latents of each autoencoder. The reports found about \
         0.90 and 0.9012. From 784 pixels to 32 latents is a reduction by 95.9 %.",
    );
    let rows_of_second = if lab.flags.full { 60_000 } else { 10_000 };
    let cases = [
        (Which::First, 10_000, 1.0),
        (Which::Second, rows_of_second, 1.0),
        (Which::SecondMomentum, rows_of_second, 1.0),
        (Which::Recipe, 60_000, 10.0),
    ];
    let mut table = Vec::new();
    for (which, rows, c) in cases {
        let latents = encode(lab, which)?;
        let judged = judge(lab, &latents.train, &latents.test, rows, c)?;
        table.push(judged_row(which.name(), c, &judged));
        lab.metrics.insert(format!("svm_{}", which.slug()), json_of(c, &judged));
        show(lab, which, &judged)?;
    }
    let pixels = samples(&lab.mnist.train.clone().take(RAW_ROWS))?.to_array();
    let raw = judge(lab, &pixels, &samples(&lab.mnist.test)?.to_array(), RAW_ROWS, 10.0)?;
    table.push(judged_row("raw pixels", 10.0, &raw));
    lab.metrics.insert("svm_raw_pixels".into(), json_of(10.0, &raw));
    lab.page.heading("All of them");
    let header = ["features", "C", "rows", "accuracy", "support vectors", "fit, s", "ms a prediction"];
    lab.page.table("classification", &header, &table)?;
    grow(lab)?;
    picture(lab)
}

pub fn encode(lab: &mut Lab, which: Which) -> Result<Latents> {
    let (train, test) = (samples(&lab.mnist.train)?, samples(&lab.mnist.test)?);
    let most = if lab.flags.smoke { 512 } else { usize::MAX };
    let model = &mut lab.trained(which)?.model;
    Ok(Latents { train: model.encode("latent", &train.take(most))?, test: model.encode("latent", &test)? })
}

/// Fits a machine on the first rows and asks it about the test images.
pub fn judge(lab: &Lab, train: &Array2<f32>, test: &Array2<f32>, rows: usize, c: f64) -> Result<Judged> {
    let rows = rows.min(train.nrows());
    let truth = labels(&lab.mnist.train);
    let fit = || Ok(RbfSvm::params().c(c).fit(train.slice(s![..rows, ..]), &truth[..rows])?);
    let (svm, fit_seconds) = timed(fit)?;
    let (predictions, predict_seconds) = timed(|| Ok(svm.predict(test.view())?))?;
    let report = ClassReport::new(&labels(&lab.mnist.test), &predictions)?;
    println!(
        "{rows} rows of {}, C = {c}: {:.2} % right, {fit_seconds:.1} s",
        train.ncols(),
        100.0 * report.accuracy()
    );
    Ok(Judged { report, predictions, support: svm.support_vectors(), rows, fit_seconds, predict_seconds })
}

fn judged_row(name: &str, c: f64, judged: &Judged) -> Vec<String> {
    let Judged { report, support, rows, fit_seconds, predict_seconds, predictions } = judged;
    vec![
        name.into(),
        c.to_string(),
        rows.to_string(),
        format!("{:.4}", report.accuracy()),
        support.to_string(),
        format!("{fit_seconds:.1}"),
        format!("{:.4}", 1e3 * predict_seconds / predictions.len() as f64),
    ]
}

pub fn json_of(c: f64, judged: &Judged) -> serde_json::Value {
    json!({
        "rows": judged.rows, "c": c, "accuracy": judged.report.accuracy(), "support_vectors": judged.support,
        "fit_seconds": judged.fit_seconds, "predict_seconds": judged.predict_seconds,
    })
}

/// The confusion matrix and each class's scores.
fn show(lab: &mut Lab, which: Which, judged: &Judged) -> Result<()> {
    let report = &judged.report;
    let names: Vec<String> = report.classes().iter().map(|class| class.class.to_string()).collect();
    let (file, table) = (format!("confusion_{}.svg", which.slug()), format!("scores_{}", which.slug()));
    let title = format!("{}: {:.2} % right", which.name(), 100.0 * report.accuracy());
    confusion_matrix(lab.page.file(&file), &title, &names, report.confusion().view())?;
    lab.page.heading(which.name());
    lab.page.picture(&file, "How often each digit was taken for each.")?;
    let row = |name: String, scores: wgrad::metrics::Scores, support: u64| {
        let numbers = [scores.precision, scores.recall, scores.f1].map(|score| format!("{score:.4}"));
        std::iter::once(name).chain(numbers).chain([support.to_string()]).collect::<Vec<_>>()
    };
    let mut rows: Vec<_> = report
        .classes()
        .iter()
        .map(|class| row(class.class.to_string(), class.scores, class.support))
        .collect();
    rows.push(row("mean".into(), report.macro_average(), judged.predictions.len() as u64));
    lab.page.table(&table, &["digit", "precision", "recall", "F1", "images"], &rows)
}

/// Accuracy against the number of training rows.
fn grow(lab: &mut Lab) -> Result<()> {
    let latents = encode(lab, Which::Recipe)?;
    let sizes: &[usize] =
        if lab.flags.smoke { &[128, 512] } else { &[500, 1_000, 2_000, 5_000, 10_000, 20_000] };
    let mut rows = Vec::new();
    for size in sizes {
        let judged = judge(lab, &latents.train, &latents.test, *size, 10.0)?;
        rows.push(vec![
            size.to_string(),
            format!("{:.4}", judged.report.accuracy()),
            format!("{:.2}", judged.fit_seconds),
        ]);
    }
    lab.page.heading("Accuracy against training rows");
    lab.page.text("On the latents of wgrad's recipe, C = 10.");
    lab.page.table("rows", &["rows", "accuracy", "fit, s"], &rows)
}

/// The latent space in pictures.
fn picture(lab: &mut Lab) -> Result<()> {
    let latents = encode(lab, Which::Recipe)?;
    let shown = latents.test.slice(s![..ON_MAP.min(latents.test.nrows()), ..]);
    let (places, shares) = first_two(shown);
    let titles = shares.map(|share| format!("{:.0} % of the variance", 100.0 * share));
    let axes = [format!("first principal component, {}", titles[0]), format!("second, {}", titles[1])];
    let truth = labels(&lab.mnist.test);
    let title = "Latents of test images";
    let axes = [axes[0].as_str(), axes[1].as_str()];
    scatter(lab.page.file("latent_map.svg"), title, axes, places.view(), &truth[..places.nrows()])?;
    lab.page.heading("The latent space");
    lab.page.picture(
        "latent_map.svg",
        "The latents of wgrad's recipe along their first two principal components.",
    )?;
    walk(lab, latents.test.view())?;
    mistakes(lab, &latents)
}

/// Images decoded along straight lines between the latents of two digits.
fn walk(lab: &mut Lab, latents: ArrayView2<f32>) -> Result<()> {
    let truth = labels(&lab.mnist.test);
    let first = |class| truth.iter().position(|label| *label == class).unwrap_or(0);
    let pairs = [(3, 8), (1, 7), (0, 6)];
    let point = |row: usize, step: usize, side: usize| {
        let (from, to) = (first(pairs[row].0), first(pairs[row].1));
        let share = step as f32 / (STEPS - 1) as f32;
        (1.0 - share) * latents[[from, side]] + share * latents[[to, side]]
    };
    let places = Array2::from_shape_fn((pairs.len() * STEPS, latents.ncols()), |(row, side)| {
        point(row / STEPS, row % STEPS, side)
    });
    let (backend, pixels) = (lab.backend()?, lab.mnist.test.height * lab.mnist.test.width);
    let trained = lab.trained(Which::Recipe)?;
    let decoded = trained.shape.clone().decode(&mut trained.model, backend, places.view(), pixels)?;
    let rows: Vec<Vec<f32>> = (0..pairs.len())
        .map(|row| decoded.slice(s![row * STEPS..(row + 1) * STEPS, ..]).iter().copied().collect())
        .collect();
    let rows: Vec<ImageRow> = rows.iter().map(|row| ImageRow::Unit(row)).collect();
    let tile = Tile { scale: 3, ..Tile::new(lab.mnist.test.height, lab.mnist.test.width) };
    image_grid(lab.page.file("walk.png"), &rows, tile)?;
    lab.page.picture("walk.png", "Walks from a 3 to an 8, from a 1 to a 7 and from a 0 to a 6.")
}

/// The first digits that the machine gets wrong.
fn mistakes(lab: &mut Lab, latents: &Latents) -> Result<()> {
    let rows = if lab.flags.smoke { 512 } else { 10_000 };
    let judged = judge(lab, &latents.train, &latents.test, rows, 10.0)?;
    let truth = labels(&lab.mnist.test);
    let wrong: Vec<usize> =
        (0..truth.len()).filter(|row| truth[*row] != judged.predictions[*row]).take(STEPS).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let images: Vec<u8> =
        wrong.iter().filter_map(|row| lab.mnist.test.image(*row)).flatten().copied().collect();
    let tile = Tile { scale: 3, ..Tile::new(lab.mnist.test.height, lab.mnist.test.width) };
    image_grid(lab.page.file("mistakes.png"), &[ImageRow::Bytes(&images)], tile)?;
    let said: Vec<String> =
        wrong.iter().map(|row| format!("{} for {}", judged.predictions[*row], truth[*row])).collect();
    let caption = format!("Digits that a machine on {rows} rows gets wrong; it said {}.", said.join(", "));
    lab.page.picture("mistakes.png", &caption)
}
