//! Section 5: the same networks in Keras, where it is there.

use std::path::Path;
use std::process::Command;

use wgrad::ndarray::Array2;
use wgrad::serde_json::{Value, json};
use wgrad::{Error, Fit, Result};

use crate::common::say;
use crate::judge::Judged;
use crate::lab::Lab;
use crate::models::Which;
use crate::xor;

const SCRIPT: &str = include_str!("train_keras.py");
const HOW: &str = "With <code>--keras</code>, where <code>python3 -c 'import keras'</code> works, the XOR network and the \
    first and second report's autoencoders are trained in Keras too, for as many epochs as here. To get it: \
    <code>python3 -m venv keras; keras/bin/pip install tensorflow-cpu keras; PATH=$PWD/keras/bin:$PATH cargo run --release \
    --example reports -- --keras</code>.";
/// Enough to solve XOR; an epoch is one step, and costs Keras milliseconds.
const XOR_EPOCHS: usize = 500;
const XOR_RATE: f32 = 0.9;
const AUTOENCODERS: [(&str, Which); 2] = [("first", Which::First), ("second", Which::SecondMomentum)];

/// A training's test loss, seconds, and the share of its answers that are right.
type Figures = [f64; 3];

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("keras", "Keras beside it");
    if !lab.flags.keras {
        lab.page.text(HOW);
        return Ok(());
    }
    let folder = tempfile::tempdir().map_err(|source| Error::Write { path: std::env::temp_dir(), source })?;
    match ask(lab, folder.path())? {
        Ok(answer) => compare(lab, &answer, folder.path()),
        Err(why) => {
            say(format_args!("no Keras: {why}"))?;
            lab.page.text(&format!("Keras did not run here: {why}. {HOW}"));
            Ok(())
        }
    }
}

/// What the script printed, or why it did not.
fn ask(lab: &mut Lab, folder: &Path) -> Result<std::result::Result<Value, String>> {
    let plans = AUTOENCODERS.map(|(_, which)| which.plan(&lab.flags));
    let most = plans.iter().map(|plan| plan.images).max().unwrap_or(0);
    let train = lab.images.train.clone().take(most);
    for (name, bytes) in [
        ("train_keras.py", SCRIPT.as_bytes()),
        ("train.u8", &train.pixels),
        ("test.u8", &lab.images.test.pixels),
    ] {
        wgrad::write_whole(folder.join(name), bytes)?;
    }
    let counts = [XOR_EPOCHS, plans[0].epochs, plans[1].epochs, plans[0].svm_rows, lab.pixels()]
        .map(|n| n.to_string());
    say("Keras trains")?;
    let output = Command::new("python3").arg(folder.join("train_keras.py")).arg(folder).args(counts).output();
    Ok(match output {
        Err(error) => Err(format!("python3: {error}")),
        Ok(output) if !output.status.success() => {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(errors.lines().last().unwrap_or("python3 failed").to_string())
        }
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            wgrad::serde_json::from_str(text.lines().last().unwrap_or_default())
                .map_err(|error| error.to_string())
        }
    })
}

/// One table with both.
fn compare(lab: &mut Lab, answer: &Value, folder: &Path) -> Result<()> {
    let mut rows = vec![row("XOR, SGD 0.9", XOR_EPOCHS, xor_here(lab)?, figures(&answer["rows"][0], None))];
    for (number, (name, which)) in AUTOENCODERS.into_iter().enumerate() {
        let trained = lab.trained(which)?;
        let (epochs, test_mse, seconds) =
            (trained.plan.epochs, trained.test_mse, trained.history.train_seconds());
        let (svm_rows, c) = (trained.plan.svm_rows, trained.plan.svm_c);
        let ours = [test_mse, seconds, trained.judged.report.accuracy()];
        let latents = [read(folder, name, "train")?, read(folder, name, "test")?];
        let judged = Judged::new(lab, latents.each_ref().map(Array2::view), svm_rows, c)?;
        let theirs = figures(&answer["rows"][number + 1], Some(judged.report.accuracy()));
        rows.push(row(which.name(), epochs, ours, theirs));
    }
    lab.page.text(&format!(
        "{}, beside wgrad {} on the same machine: {}. Initial weights by Glorot's law in both; the same support vector \
         machine judges both's latents.",
        answer["versions"].as_str().unwrap_or_default(),
        env!("CARGO_PKG_VERSION"),
        lab.device
    ));
    let header =
        ["network", "epochs", "test loss", "in Keras", "training, s", "in Keras", "right, %", "in Keras"];
    lab.metrics.insert("keras".into(), json!({ "versions": answer["versions"], "rows": rows }));
    lab.page.table("keras", &header, &rows)
}

fn row(name: &str, epochs: usize, ours: Figures, theirs: Figures) -> Vec<String> {
    let pair = |number: usize, text: fn(f64) -> String| [text(ours[number]), text(theirs[number])];
    let cells = [
        pair(0, |loss| format!("{loss:.5}")),
        pair(1, |seconds| format!("{seconds:.2}")),
        pair(2, |share| format!("{:.2}", 100.0 * share)),
    ];
    [name.to_string(), epochs.to_string()].into_iter().chain(cells.into_iter().flatten()).collect()
}

/// What the script tells about a training.
fn figures(answer: &Value, accuracy: Option<f64>) -> Figures {
    let number = |key: &str| answer[key].as_f64().unwrap_or(f64::NAN);
    [number("loss"), number("seconds"), accuracy.unwrap_or_else(|| number("accuracy"))]
}

fn xor_here(lab: &Lab) -> Result<Figures> {
    let (mut model, data) = xor::problem(lab, XOR_RATE)?;
    let history = model.fit(&data, Fit::new().epochs(XOR_EPOCHS).batch(4))?;
    let outputs = model.predict(data.inputs())?;
    let right = outputs.iter().zip(xor::TARGETS).filter(|(output, target)| output.round() == *target).count();
    Ok([model.evaluate(&data)?.loss, history.train_seconds(), right as f64 / 4.0])
}

/// Latents that the script wrote.
fn read(folder: &Path, name: &str, kind: &str) -> Result<Array2<f32>> {
    let path = folder.join(format!("{name}_{kind}.f32"));
    let bytes = std::fs::read(&path);
    let bytes = bytes.map_err(|error| Error::Samples { why: format!("{}: {error}", path.display()) })?;
    let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let rows = numbers.len() / 32;
    Array2::from_shape_vec((rows, 32), numbers).map_err(|error| Error::Samples { why: error.to_string() })
}
