//! Pictures of the latent space: a map, walks through it, and what a classifier takes for something else.

use std::collections::HashSet;

use linfa::traits::Transformer;
use linfa_tsne::TSneParams;
use wgrad::ndarray::{Array2, ArrayView2, Axis, s};
use wgrad::report::{ImageRow, MAX_COLORS, scatter};
use wgrad::{Error, Result};

use crate::lab::{Lab, SHOWN};
use crate::models::Which;

/// Test images on the map: more would hide each other, and take longer.
const ON_MAP: usize = 2_000;
/// Neighbours that a place on the map attends to, where there are three times as many.
const PERPLEXITY: f64 = 30.0;
/// Rounds of moving all places.
const ROUNDS: usize = 500;
/// Steps of the walk from one image to another.
const STEPS: usize = SHOWN;
/// From which digit to which a walk leads.
const WALKS: [(u32, u32); 3] = [(3, 8), (1, 7), (0, 6)];

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.heading("The latent space");
    let latents = lab.trained(Which::Recipe)?.latents[1].clone();
    map(lab, latents.view())?;
    walk(lab, latents.view())?;
    mistakes(lab)
}

/// Places in the plane where neighbours among the latents are neighbours (van der Maaten and Hinton, 2008).
fn map(lab: &mut Lab, latents: ArrayView2<f32>) -> Result<()> {
    let (labels, classes) = (&lab.images.test.labels, lab.classes());
    let told = &classes[..classes.len().min(MAX_COLORS)];
    // t-SNE divides the plane until each place has a square of its own, which equal rows never have.
    let mut seen = HashSet::new();
    let mut is_new = |row: usize| seen.insert(latents.row(row).mapv(f32::to_bits).to_vec());
    let rows: Vec<usize> =
        (0..labels.len()).filter(|row| told.contains(&labels[*row]) && is_new(*row)).take(ON_MAP).collect();
    let truth: Vec<u32> = rows.iter().map(|row| labels[*row]).collect();
    let perplexity = PERPLEXITY.min((rows.len() as f64 / 3.0 - 1.0).floor());
    if perplexity < 1.0 {
        return Ok(());
    }
    let tsne = TSneParams::embedding_size(2).perplexity(perplexity).approx_threshold(0.5).max_iter(ROUNDS);
    let places = tsne.transform(latents.select(Axis(0), &rows).mapv(f64::from));
    let places =
        places.map_err(|error| Error::Samples { why: format!("t-SNE: {error}") })?.mapv(|x| x as f32);
    let (file, axes) = ("latent_map.svg", ["first coordinate of t-SNE", "second coordinate of t-SNE"]);
    scatter(lab.page.file(file), "Latents of test images", axes, places.view(), &truth)?;
    let caption = format!(
        "The latents of {} test images in wgrad's recipe, by t-SNE with perplexity {perplexity}; colours are {} of {} \
         classes.",
        places.nrows(),
        told.len(),
        classes.len()
    );
    lab.page.picture(file, &caption)
}

/// Images decoded along straight lines between the latents of two digits.
fn walk(lab: &mut Lab, latents: ArrayView2<f32>) -> Result<()> {
    let (truth, classes) = (&lab.images.test.labels, lab.classes());
    let pairs = walks(&classes);
    let first = |class| truth.iter().position(|label| *label == class).unwrap_or(0);
    let point = |row: usize, step: usize, side: usize| {
        let (from, to) = (first(pairs[row].0), first(pairs[row].1));
        let share = step as f32 / (STEPS - 1) as f32;
        (1.0 - share) * latents[[from, side]] + share * latents[[to, side]]
    };
    let places = Array2::from_shape_fn((pairs.len() * STEPS, latents.ncols()), |(row, side)| {
        point(row / STEPS, row % STEPS, side)
    });
    let (backend, image) = (lab.backend()?, lab.image());
    let trained = lab.trained(Which::Recipe)?;
    let decoded = trained.plan.shape.decode(&mut trained.model, backend, places.view(), image)?;
    let rows: Vec<Vec<f32>> = (0..pairs.len())
        .map(|row| decoded.slice(s![row * STEPS..(row + 1) * STEPS, ..]).iter().copied().collect())
        .collect();
    let rows: Vec<ImageRow> = rows.iter().map(|row| ImageRow::Unit(row)).collect();
    let said = pairs.iter().map(|(from, to)| format!("from class {from} to class {to}"));
    let caption = format!("Walks {}.", said.collect::<Vec<_>>().join(", "));
    lab.page.images("walk.png", &rows, lab.tile(), &caption)
}

/// The walks between digits that there are, or between each class and the next.
fn walks(classes: &[u32]) -> Vec<(u32, u32)> {
    let there = |class| classes.contains(&class);
    let walks: Vec<_> = WALKS.into_iter().filter(|(from, to)| there(*from) && there(*to)).collect();
    match walks.is_empty() {
        true => classes.windows(2).take(WALKS.len()).map(|pair| (pair[0], pair[1])).collect(),
        false => walks,
    }
}

/// The first images that the machine gets wrong.
fn mistakes(lab: &mut Lab) -> Result<()> {
    let truth = lab.images.test.labels.clone();
    let judged = &lab.trained(Which::Recipe)?.judged;
    let (rows, predictions) = (judged.rows, judged.predictions.clone());
    let wrong: Vec<usize> =
        (0..truth.len()).filter(|row| truth[*row] != predictions[*row]).take(2 * STEPS).collect();
    let (lines, _) = wrong.as_chunks::<STEPS>();
    let line = |line: &[usize; STEPS]| -> Vec<u8> {
        line.iter().filter_map(|row| lab.images.test.image(*row)).flatten().copied().collect()
    };
    let images: Vec<Vec<u8>> = lines.iter().map(line).collect();
    if images.is_empty() {
        return Ok(());
    }
    let images: Vec<ImageRow> = images.iter().map(|line| ImageRow::Bytes(line)).collect();
    let said = |line: &[usize; STEPS]| {
        let said = line.iter().map(|row| format!("{} for {}", predictions[*row], truth[*row]));
        said.collect::<Vec<_>>().join(", ")
    };
    let said: Vec<String> = lines.iter().map(said).collect();
    let caption = format!("Images that the machine on {rows} rows gets wrong; it said {}.", said.join("; "));
    lab.page.images("mistakes.png", &images, lab.tile(), &caption)
}
