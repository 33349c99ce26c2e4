//! The time of fitting and of asking a support vector machine, as a line of JSON, for `benches/peers/svm.py`.
//!
//! It takes the latents file that the autoencoder example writes.

use std::time::Instant;

use ndarray::{Array2, Ix2};
use wgrad::svm::RbfSvm;
use wgrad::{Error, FileFault, Result, TensorFile};

/// The penalty, as the example has it.
const C: f64 = 10.0;

fn main() -> Result<()> {
    let Some(path) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        println!("pass the latents file: out/autoencoder/latents.safetensors");
        return Ok(());
    };
    let file = TensorFile::read(&path)?;
    let of = |fault: FileFault| Error::File { path: path.clone().into(), fault };
    let rows = |name: &str| -> Result<Array2<f32>> {
        let array = file.reals(name).map_err(of)?.into_dimensionality::<Ix2>();
        array.map_err(|error| Error::Transfer { why: format!("{name}: {error}") })
    };
    let (train, test) = (rows("train_latents")?, rows("test_latents")?);
    let labels = file.integers("train_labels").map_err(of)?;
    let test_labels = file.integers("test_labels").map_err(of)?;

    let start = Instant::now();
    let svm = RbfSvm::params().c(C).fit(train.view(), &labels)?;
    let fit = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let predictions = svm.predict(test.view())?;
    let predict = start.elapsed().as_secs_f64();
    let right = predictions.iter().zip(&test_labels).filter(|(a, b)| a == b).count();
    let line = serde_json::json!({
        "peer": "wgrad", "version": env!("CARGO_PKG_VERSION"), "fit": fit, "predict": predict,
        "support_vectors": svm.support_vectors(), "accuracy": right as f64 / test_labels.len() as f64,
    });
    println!("{line}");
    Ok(())
}
