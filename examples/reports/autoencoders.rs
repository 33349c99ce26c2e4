//! Section 3: the autoencoders of both reports.

use wgrad::ndarray::{Array2, ArrayView1, ArrayView2, Axis, s};
use wgrad::report::{ImageRow, loss_curve};
use wgrad::serde_json::{Value, json};
use wgrad::{Dataset, Result};

use crate::lab::{Lab, SHOWN, Trained};
use crate::models::Which;

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("autoencoders", "Autoencoders");
    let all = [Which::First, Which::Second, Which::SecondMomentum, Which::SecondHe];
    for which in all {
        let figures = figures(lab.trained(which)?);
        lab.metrics.insert(which.slug().into(), figures);
    }
    let errors = all.map(|which| lab.trained(which).map(|trained| trained.test_mse));
    let [first, plain, momentum, he] = errors;
    let (epochs, mean, pixels) = (lab.trained(Which::Second)?.plan.epochs, error_of_mean(lab)?, lab.pixels());
    lab.page.text(&format!(
        "The first report: {pixels}-128-64-32 units and back, rectified linear, sigmoid at the end; SGD 0.5, batch 32, 75 \
         epochs on 10,000 images; its loss was 0.0226, here the test loss is {:.4}. The second: {pixels}-512-256-128-64-32, \
         60,000 images, batch 32, here for {epochs} of its 40 epochs. Its plain SGD 0.05 barely learns: {:.4}, where the \
         mean image alone gives {mean:.4}. Momentum 0.9, as its Keras run had, brings {:.4}, and He's initial weights in the \
         place of Glorot's {:.4}.",
        first?, plain?, momentum?, he?
    ));
    table(lab, "autoencoders", &all)?;
    class_errors(lab, "class_errors", &all)?;
    all.into_iter().try_for_each(|which| show(lab, which))
}

/// The table of trainings.
pub fn table(lab: &mut Lab, name: &str, all: &[Which]) -> Result<()> {
    let rows = all.iter().map(|which| Ok(figures_row(*which, lab.trained(*which)?)));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let header = ["network", "images", "epochs", "training loss", "test loss", "training, s", "images/s"];
    lab.page.table(name, &header, &rows)
}

fn figures_row(which: Which, trained: &Trained) -> Vec<String> {
    let history = &trained.history;
    vec![
        which.name().into(),
        trained.images.to_string(),
        history.epochs.len().to_string(),
        format!("{:.5}", history.last().map_or(f64::NAN, |epoch| epoch.metrics.loss)),
        format!("{:.5}", trained.test_mse),
        format!("{:.1}", history.train_seconds()),
        format!("{:.0}", history.throughput()),
    ]
}

pub fn figures(trained: &Trained) -> Value {
    let history = &trained.history;
    json!({
        "images": trained.images, "epochs": history.epochs.len(), "test_mse": trained.test_mse,
        "train_loss": history.last().map(|epoch| epoch.metrics.loss), "train_seconds": history.train_seconds(),
    })
}

/// The loss curve, reconstructions, and the first layer's weights.
pub fn show(lab: &mut Lab, which: Which) -> Result<()> {
    let test = lab.test()?;
    let trained = lab.trained(which)?;
    let losses: Vec<f64> = trained.history.epochs.iter().map(|epoch| epoch.metrics.loss).collect();
    let validation: Vec<f64> = trained.history.epochs.iter().map(|epoch| epoch.judged_loss()).collect();
    let [before, after] = &trained.first_weights;
    let weights = [before, after, &(after - before)]
        .map(|weights| weight_images(weights.slice(s![.., ..SHOWN.min(weights.ncols())])));
    let slug = which.slug();
    let [curve, digits, kernels] =
        [format!("loss_{slug}.svg"), format!("digits_{slug}.png"), format!("weights_{slug}.png")];

    lab.page.heading(which.name());
    let series = [("training", losses.as_slice()), ("test", validation.as_slice())];
    loss_curve(lab.page.file(&curve), which.name(), &series)?;
    lab.page.picture(&curve, "Mean squared error of a pixel over the epochs.")?;

    let decoded = lab.trained(which)?.decoded.clone();
    let (originals, decoded) = one_of_each(&lab.images.test.labels, &lab.classes(), &test, &decoded);
    let tile = lab.tile();
    let rows = [ImageRow::Unit(&originals), ImageRow::Unit(&decoded)];
    lab.page.images(&digits, &rows, tile, "Test images over their reconstructions.")?;

    let rows = weights.each_ref().map(|weights| ImageRow::Unit(weights));
    let caption =
        "Weights of ten units of the first layer before training, after it, and what it changed; grey is 0.";
    lab.page.images(&kernels, &rows, tile, caption)
}

/// The first image of each of the first classes.
pub fn firsts(labels: &[u32], classes: &[u32]) -> Vec<usize> {
    let first = |class: &u32| labels.iter().position(|label| label == class);
    classes.iter().take(SHOWN).filter_map(first).collect()
}

/// The same image, and its reconstruction.
fn one_of_each(
    labels: &[u32],
    classes: &[u32],
    test: &Dataset,
    decoded: &Array2<f32>,
) -> (Vec<f32>, Vec<f32>) {
    let places = firsts(labels, classes);
    let inputs = test.inputs().to_array();
    let pick = |from: &Array2<f32>| places.iter().flat_map(|place| from.row(*place).to_vec()).collect();
    (pick(&inputs), pick(decoded))
}

/// The mean squared error of each class in each network.
pub fn class_errors(lab: &mut Lab, name: &str, all: &[Which]) -> Result<()> {
    let (inputs, labels, classes) =
        (lab.test()?.inputs().to_array(), lab.images.test.labels.clone(), lab.classes());
    let count = |class: u32| labels.iter().filter(|label| **label == class).count();
    let mut rows: Vec<Vec<String>> =
        classes.iter().map(|class| vec![class.to_string(), count(*class).to_string()]).collect();
    for which in all {
        let squares =
            (&inputs - &lab.trained(*which)?.decoded).mapv(|difference| f64::from(difference * difference));
        let errors = squares.mean_axis(Axis(1)).unwrap_or_default();
        for (class, row) in classes.iter().copied().zip(&mut rows) {
            let of_class = errors.iter().zip(&labels).filter(|(_, label)| **label == class);
            let mean = of_class.map(|(error, _)| error).sum::<f64>() / count(class).max(1) as f64;
            row.push(format!("{mean:.5}"));
        }
    }
    let header: Vec<&str> =
        ["class", "images"].into_iter().chain(all.iter().map(|which| which.name())).collect();
    lab.page.text("The mean squared error of each class's test images:");
    lab.page.table(name, &header, &rows)
}

/// The error of giving the mean of the test images for each of them.
fn error_of_mean(lab: &Lab) -> Result<f64> {
    let inputs = lab.test()?.inputs().to_array().mapv(f64::from);
    Ok(inputs.var_axis(Axis(0), 0.0).mean().unwrap_or_default())
}

/// Each column's weights as an image: grey is 0, white the largest and black the smallest possible.
pub fn weight_images(weights: ArrayView2<f32>) -> Vec<f32> {
    let image = |unit: ArrayView1<f32>| {
        let largest = unit.iter().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
        unit.iter().map(|weight| 0.5 + 0.5 * weight / largest).collect::<Vec<f32>>()
    };
    weights.columns().into_iter().flat_map(image).collect()
}
