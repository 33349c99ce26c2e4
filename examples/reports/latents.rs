//! Section 4: what a support vector machine makes of the latents.

use wgrad::Result;
use wgrad::metrics::Scores;
use wgrad::ndarray::Array2;
use wgrad::report::confusion_matrix;

use crate::judge::Judged;
use crate::lab::{Lab, samples};
use crate::models::Which;
use crate::space;

/// Rows of raw pixels that a machine is fitted on: as many as the first report had.
const RAW_ROWS: usize = 10_000;

const HEADER: [&str; 7] =
    ["features", "C", "rows", "accuracy", "support vectors", "fit, s", "µs a prediction"];

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("latents", "Latent classification");
    let all = [Which::First, Which::Second, Which::SecondMomentum, Which::SecondHe, Which::Recipe];
    let mut table = Vec::new();
    for which in all {
        let judged = &lab.trained(which)?.judged;
        let (row, json) = (row(which.name(), judged), judged.json());
        table.push(row);
        lab.metrics.insert(format!("svm_{}", which.slug()), json);
    }
    let raw = of_pixels(lab)?;
    table.push(row("raw pixels", &raw));
    lab.metrics.insert("svm_raw_pixels".into(), raw.json());
    let (latents, pixels) = (lab.trained(Which::First)?.judged.microseconds(), lab.pixels());
    lab.page.text(&format!(
        "A support vector machine with a radial kernel, K(x, s) = exp(−γ|x − s|²), on the latents of each autoencoder; the \
         reports found about 0.90 and 0.9012. From {pixels} pixels to 32 latents the dimension falls by {:.1} %, and a \
         prediction after {} rows takes {latents:.0} µs on the first report's latents, {:.0} µs on raw pixels.",
        100.0 * (1.0 - 32.0 / pixels as f64),
        raw.rows,
        raw.microseconds()
    ));
    lab.page.table("classification", &HEADER, &table)?;
    all.into_iter().try_for_each(|which| show(lab, which))?;
    grow(lab)?;
    space::write(lab)
}

fn of_pixels(lab: &Lab) -> Result<Judged> {
    let rows = if lab.flags.smoke { 512 } else { RAW_ROWS };
    let pixels: [Array2<f32>; 2] =
        [samples(&lab.images.train.clone().take(rows))?.to_array(), samples(&lab.images.test)?.to_array()];
    Judged::new(lab, pixels.each_ref().map(Array2::view), rows, 10.0)
}

fn row(name: &str, judged: &Judged) -> Vec<String> {
    vec![
        name.into(),
        judged.c.to_string(),
        judged.rows.to_string(),
        format!("{:.4}", judged.report.accuracy()),
        judged.support.to_string(),
        format!("{:.1}", judged.fit_seconds),
        format!("{:.0}", judged.microseconds()),
    ]
}

/// The confusion matrix and each class's scores.
fn show(lab: &mut Lab, which: Which) -> Result<()> {
    let report = lab.trained(which)?.judged.report.clone();
    let (file, table) = (format!("confusion_{}.svg", which.slug()), format!("scores_{}", which.slug()));
    let title = format!("{}: {:.2} % right", which.name(), 100.0 * report.accuracy());
    confusion_matrix(lab.page.file(&file), &title, report.names(), report.confusion().view())?;
    lab.page.heading(which.name());
    lab.page.picture(&file, "How often each class was taken for each.")?;
    let row = |name: String, scores: Scores, support: u64| {
        let numbers = [scores.precision, scores.recall, scores.f1].map(|score| format!("{score:.4}"));
        std::iter::once(name).chain(numbers).chain([support.to_string()]).collect::<Vec<_>>()
    };
    let mut rows: Vec<_> = report
        .classes()
        .iter()
        .zip(report.names())
        .map(|(class, name)| row(name.clone(), class.scores, class.support))
        .collect();
    let images = report.classes().iter().map(|class| class.support).sum();
    rows.push(row("mean".into(), report.macro_average(), images));
    lab.page.table(&table, &["class", "precision", "recall", "F1", "images"], &rows)
}

/// Accuracy against the number of training rows.
fn grow(lab: &mut Lab) -> Result<()> {
    let latents = lab.trained(Which::Recipe)?.latents.clone();
    let sizes: &[usize] =
        if lab.flags.smoke { &[128, 512] } else { &[500, 1_000, 2_000, 5_000, 10_000, 20_000] };
    let mut rows = Vec::new();
    for size in sizes {
        let judged = Judged::new(lab, latents.each_ref().map(Array2::view), *size, 10.0)?;
        rows.push(row("wgrad's recipe", &judged));
    }
    rows.push(row("wgrad's recipe", &lab.trained(Which::Recipe)?.judged));
    lab.page.heading("Accuracy against training rows");
    lab.page.table("rows", &HEADER, &rows)
}
