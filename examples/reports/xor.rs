//! Section 2: XOR as both reports trained it.

use wgrad::layers::{Dense, Sigmoid, Tanh};
use wgrad::ndarray::{Array2, array};
use wgrad::report::{Field, decision_boundary, loss_curve};
use wgrad::serde_json::{Value, json};
use wgrad::{Dataset, Fit, Model, Optimizer, Result, Samples, Sequential, losses};

use crate::common::say;
use crate::lab::Lab;

/// Values along each side of the plane.
const PLACES: usize = 201;
const SIDE: [f64; 2] = [-0.5, 1.5];
/// Of the inputs 0 0, 0 1, 1 0, and 1 1.
pub const TARGETS: [f32; 4] = [0.0, 1.0, 1.0, 0.0];

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("xor", "XOR");
    lab.page
        .text("2-4-1 units, tanh, sigmoid at the end, mean squared error, the four samples in one batch.");
    let first = train(lab, "xor_first", "first report: SGD 0.1", 0.1, &[50_000])?;
    lab.metrics.insert("xor".into(), json!({ "first": first }));
    let second = train(lab, "xor_second", "second report: SGD 0.9", 0.9, &[200, 1_800])?;
    lab.metrics.insert("xor".into(), json!({ "first": first, "second": second }));
    Ok(())
}

/// Both reports' network with a learning rate, and the four samples.
pub fn problem(lab: &Lab, rate: f32) -> Result<(Model, Dataset)> {
    let targets = Array2::from_shape_fn((4, 1), |(row, _)| TARGETS[row]);
    let xor = Dataset::regression(inputs().view(), targets.view())?;
    let net = Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid);
    let optimizer = Optimizer::sgd(rate);
    Ok((net.compile(lab.backend()?, losses::MeanSquaredError, optimizer, lab.flags.seed)?, xor))
}

fn inputs() -> Array2<f32> {
    array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
}

/// Trains in stretches of epochs, shows the table after each and the pictures at the end.
fn train(lab: &mut Lab, name: &str, title: &str, rate: f32, stretches: &[usize]) -> Result<Value> {
    let (mut model, xor) = problem(lab, rate)?;
    lab.page.heading(title);
    let (mut losses, mut figures) = (Vec::new(), Vec::new());
    for stretch in stretches {
        let stretch = if lab.flags.smoke { 200 } else { *stretch };
        let history = model.fit(&xor, Fit::new().epochs(stretch).batch(4))?;
        losses.extend(history.epochs.iter().map(|epoch| epoch.metrics.loss));
        let (epochs, loss) = (losses.len(), model.evaluate(&xor)?.loss);
        let microseconds = 1e6 * history.train_seconds() / stretch as f64;
        say(format_args!("{title}: loss {loss:.6} after {epochs} epochs, {microseconds:.1} µs each"))?;
        lab.page.text(&format!("After {epochs} epochs: loss {loss:.6}, {microseconds:.1} µs an epoch."));
        let rows = predictions(&mut model, &xor)?;
        lab.page.table(&format!("{name}_{epochs}"), &["input", "target", "prediction", "rounded"], &rows)?;
        figures.push(json!({ "epochs": epochs, "loss": loss, "us_per_epoch": microseconds }));
    }
    let curve = format!("{name}_loss.svg");
    loss_curve(lab.page.file(&curve), title, &[("training", &losses)])?;
    lab.page.picture(&curve, "The mean squared error over the epochs.")?;
    draw_boundary(lab, &mut model, name, title)?;
    Ok(Value::Array(figures))
}

fn predictions(model: &mut Model, xor: &Dataset) -> Result<Vec<Vec<String>>> {
    let outputs = model.predict(xor.inputs())?;
    let inputs = xor.inputs().to_array();
    let row = |((input, target), output): ((wgrad::ndarray::ArrayView1<f32>, f32), &f32)| {
        let shown = [format!("{} {}", input[0], input[1]), target.to_string()];
        shown.into_iter().chain([format!("{output:.4}"), format!("{:.0}", output.round())]).collect()
    };
    Ok(inputs.outer_iter().zip(TARGETS).zip(&outputs).map(row).collect())
}

fn draw_boundary(lab: &mut Lab, model: &mut Model, name: &str, title: &str) -> Result<()> {
    let place = |step: usize| (SIDE[0] + (SIDE[1] - SIDE[0]) * step as f64 / (PLACES - 1) as f64) as f32;
    let plane = Array2::from_shape_fn((PLACES * PLACES, 2), |(row, side)| {
        place(if side == 0 { row % PLACES } else { row / PLACES })
    });
    let outputs: Vec<f32> = model.predict(&Samples::reals(plane.view())?)?.into_iter().collect();
    let values = wgrad::ndarray::ArrayView2::from_shape((PLACES, PLACES), &outputs);
    let values = values.map_err(|error| wgrad::Error::Samples { why: error.to_string() })?;
    let field = Field { x: SIDE, y: SIDE, values };
    let file = format!("{name}_boundary.svg");
    let axes = ["first input", "second input"];
    let targets = TARGETS.map(|target| target > 0.5);
    decision_boundary(lab.page.file(&file), title, axes, field, inputs().view(), &targets)?;
    lab.page.picture(&file, "The output over the plane of the two inputs, and where it is 0.5.")
}
