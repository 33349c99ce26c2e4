//! Section 3: the autoencoders of both reports.

use ndarray::{Array2, ArrayView2};
use serde_json::{Value, json};
use wgrad::data::Images;
use wgrad::report::{ImageRow, Tile, image_grid, loss_curve};
use wgrad::{Dataset, Result};

use crate::lab::{Lab, Trained, Which};

/// Images in a row of a grid.
const SHOWN: usize = 10;

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("autoencoders", "Autoencoders");
    lab.page.text(
        "The first report: 784-128-64-32 units and back, rectified linear, sigmoid at the end; SGD 0.5, batch 32, 75 \
         epochs on 10,000 images; its loss was 0.0226. The second: 784-512-256-128-64-32, 60,000 images, batch 32. Its \
         plain SGD 0.05 barely learns; momentum 0.9, as its Keras run had, and He's initial weights show what was \
         missing.",
    );
    let all = [Which::First, Which::Second, Which::SecondMomentum, Which::SecondHe];
    let mut rows = Vec::new();
    for which in all {
        let trained = lab.trained(which)?;
        rows.push(figures_row(which, trained));
        let figures = figures(trained);
        lab.metrics.insert(which.slug().into(), figures);
    }
    let header = ["network", "images", "epochs", "training loss", "test loss", "training, s", "images/s"];
    lab.page.table("autoencoders", &header, &rows)?;
    all.into_iter().try_for_each(|which| show(lab, which))
}

pub fn figures_row(which: Which, trained: &Trained) -> Vec<String> {
    let history = &trained.history;
    let seconds = history.train_seconds();
    let images = (trained.images * history.epochs.len()) as f64;
    vec![
        which.name().into(),
        trained.images.to_string(),
        history.epochs.len().to_string(),
        format!("{:.5}", history.last().map_or(f64::NAN, |epoch| epoch.metrics.loss)),
        format!("{:.5}", trained.test_mse),
        format!("{seconds:.1}"),
        format!("{:.0}", images / seconds),
    ]
}

pub fn figures(trained: &Trained) -> Value {
    let history = &trained.history;
    json!({
        "images": trained.images, "epochs": history.epochs.len(), "test_mse": trained.test_mse,
        "train_loss": history.last().map(|epoch| epoch.metrics.loss), "train_seconds": history.train_seconds(),
    })
}

/// The loss curve, reconstructions, the error of each class, and the first layer's weights.
pub fn show(lab: &mut Lab, which: Which) -> Result<()> {
    let test = lab.test()?;
    let trained = lab.trained(which)?;
    let losses: Vec<f64> = trained.history.epochs.iter().map(|epoch| epoch.metrics.loss).collect();
    let validation: Vec<f64> = trained.history.epochs.iter().map(|epoch| epoch.judged_loss()).collect();
    let decoded = trained.model.predict(test.inputs())?;
    let weights = trained.first_weights.clone();
    let slug = which.slug();
    let [curve, digits, kernels] =
        [format!("loss_{slug}.svg"), format!("digits_{slug}.png"), format!("weights_{slug}.png")];

    lab.page.heading(which.name());
    let series = [("training", losses.as_slice()), ("test", validation.as_slice())];
    loss_curve(lab.page.file(&curve), &format!("Mean squared error, {}", which.name()), &series)?;
    lab.page.picture(&curve, "Mean squared error of a pixel over the epochs.")?;

    let (originals, decoded_digits) = one_of_each(&lab.mnist.test, &test, &decoded);
    let tile = Tile { scale: 3, ..Tile::new(lab.mnist.test.height, lab.mnist.test.width) };
    let rows = [ImageRow::Unit(&originals), ImageRow::Unit(&decoded_digits)];
    image_grid(lab.page.file(&digits), &rows, tile)?;
    lab.page.picture(&digits, "Test images over their reconstructions.")?;

    let errors = class_errors(&lab.mnist.test, &test, &decoded);
    lab.page.table(&format!("class_errors_{slug}"), &["digit", "images", "mean squared error"], &errors)?;
    let [before, after] = weights.map(|weights| weight_images(weights.view()));
    image_grid(lab.page.file(&kernels), &[ImageRow::Unit(&before), ImageRow::Unit(&after)], tile)?;
    lab.page
        .picture(&kernels, "Weights of ten units of the first layer, before and after training; grey is 0.")
}

/// The first image of each class and its reconstruction.
fn one_of_each(images: &Images, test: &Dataset, decoded: &Array2<f32>) -> (Vec<f32>, Vec<f32>) {
    let first = |class: u8| images.labels.iter().position(|label| *label == class).unwrap_or(0);
    let places: Vec<usize> = (0..SHOWN as u8).map(first).collect();
    let inputs = test.inputs().to_array();
    let pick = |from: &Array2<f32>| places.iter().flat_map(|place| from.row(*place).to_vec()).collect();
    (pick(&inputs), pick(decoded))
}

fn class_errors(images: &Images, test: &Dataset, decoded: &Array2<f32>) -> Vec<Vec<String>> {
    let inputs = test.inputs().to_array();
    let error = |row: usize| {
        let difference = &inputs.row(row) - &decoded.row(row);
        f64::from(difference.dot(&difference)) / inputs.ncols() as f64
    };
    let of_class = |class: u8| {
        let errors: Vec<f64> =
            (0..images.len()).filter(|row| images.labels[*row] == class).map(error).collect();
        let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
        vec![class.to_string(), errors.len().to_string(), format!("{mean:.5}")]
    };
    (0..10).map(of_class).collect()
}

/// The first units' weights as images: grey is 0, white the largest and black the smallest possible.
fn weight_images(weights: ArrayView2<f32>) -> Vec<f32> {
    let units = weights.columns().into_iter().take(SHOWN);
    let image = |unit: ndarray::ArrayView1<f32>| {
        let largest = unit.iter().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
        unit.iter().map(|weight| 0.5 + 0.5 * weight / largest).collect::<Vec<f32>>()
    };
    units.flat_map(image).collect()
}
