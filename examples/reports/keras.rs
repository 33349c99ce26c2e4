//! Section 5: the same networks in Keras, where it is there.

use std::process::Command;

use serde_json::Value;
use wgrad::layers::{Dense, Sigmoid, Tanh};
use wgrad::{Dataset, Fit, Init, Loss, Optimizer, Result, Sequential};

use crate::common::autoencoder::Autoencoder;
use crate::lab::{Lab, samples};

const SCRIPT: &str = include_str!("keras.py");
const HOW: &str = "Run with <code>--keras</code> where <code>python3 -c 'import keras'</code> works: the XOR network \
    and the first and second report's autoencoders are then trained there too, for as many epochs as here.";

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("keras", "Keras beside it");
    if !lab.flags.keras {
        lab.page.text(HOW);
        return Ok(());
    }
    match ask(lab)? {
        Ok(answer) => compare(lab, answer),
        Err(why) => {
            println!("no Keras: {why}");
            lab.page.text(&format!("Keras did not run here: {why}. {HOW}"));
            Ok(())
        }
    }
}

/// What the script printed, or why it did not.
fn ask(lab: &Lab) -> Result<std::result::Result<Value, String>> {
    lab.page.write("keras.py", SCRIPT.as_bytes())?;
    lab.page.write("train.u8", &lab.mnist.train.pixels)?;
    lab.page.write("test.u8", &lab.mnist.test.pixels)?;
    let size = if lab.flags.smoke { "smoke" } else { "whole" };
    let output =
        Command::new("python3").arg(lab.page.file("keras.py")).arg(lab.page.file("")).arg(size).output();
    // The images were for the script only.
    let _ = [std::fs::remove_file(lab.page.file("train.u8")), std::fs::remove_file(lab.page.file("test.u8"))];
    Ok(match output {
        Err(error) => Err(format!("python3: {error}")),
        Ok(output) if !output.status.success() => {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(errors.lines().last().unwrap_or("python3 failed").to_string())
        }
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            serde_json::from_str(text.lines().last().unwrap_or_default()).map_err(|error| error.to_string())
        }
    })
}

/// One table with both.
fn compare(lab: &mut Lab, answer: Value) -> Result<()> {
    let mut rows = Vec::new();
    for theirs in answer["rows"].as_array().into_iter().flatten() {
        let name = theirs["name"].as_str().unwrap_or_default();
        let epochs = theirs["epochs"].as_u64().unwrap_or(1) as usize;
        let (loss, seconds) = train(lab, name, epochs)?;
        let number = |key: &str| theirs[key].as_f64().unwrap_or(f64::NAN);
        rows.push(vec![
            name.to_string(),
            epochs.to_string(),
            format!("{loss:.5}"),
            format!("{:.5}", number("test_loss")),
            format!("{seconds:.2}"),
            format!("{:.2}", number("seconds")),
        ]);
    }
    lab.page.text(&format!(
        "{}, beside wgrad on the same machine.",
        answer["versions"].as_str().unwrap_or_default()
    ));
    let header = ["network", "epochs", "loss, wgrad", "loss, Keras", "seconds, wgrad", "seconds, Keras"];
    lab.metrics.insert("keras".into(), answer.clone());
    lab.page.table("keras", &header, &rows)
}

/// The same training here: the loss after it, and its seconds.
fn train(lab: &Lab, name: &str, epochs: usize) -> Result<(f64, f64)> {
    let inputs = ndarray::array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let xor = Dataset::regression(inputs.view(), ndarray::array![[0.0], [1.0], [1.0], [0.0]].view())?;
    let shape = |encoder: &[usize]| Autoencoder {
        encoder: encoder.to_vec(),
        linear: false,
        noise: 0.0,
        init: Init::GlorotUniform,
    };
    let images =
        |most| Ok::<_, wgrad::Error>(Dataset::autoencoder(samples(&lab.mnist.train.clone().take(most))?));
    let (net, optimizer, data, test, batch) = match name {
        "xor" => {
            let net = Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid);
            (net, Optimizer::sgd(0.9), xor.clone(), xor, 4)
        }
        "first" => (shape(&[128, 64, 32]).net(784), Optimizer::sgd(0.5), images(10_000)?, lab.test()?, 32),
        _ => {
            let net = shape(&[512, 256, 128, 64, 32]).net(784);
            (net, Optimizer::momentum(0.05, 0.9), images(60_000)?, lab.test()?, 32)
        }
    };
    let mut model = net.compile(lab.backend()?, Loss::MeanSquaredError, optimizer, lab.flags.seed)?;
    let history = model.fit(&data, Fit::new().epochs(epochs).batch(batch))?;
    Ok((model.evaluate(&test)?.loss, history.train_seconds()))
}
