//! Fits of support vector machines to a set over a grid of C and γ, each a line of JSON, for `benches/peers/svm_sets.py`.

use std::time::Instant;

use ndarray::{Array2, Axis, Ix2};
use serde_json::{Value, json};
use wgrad::svm::{RbfSvm, SvmError};
use wgrad::{Error, FileFault, Result, TensorFile};

/// Seconds after which a fit is not repeated any more.
const ENOUGH: f64 = 0.5;
const MOST_REPEATS: usize = 3;
/// Rows whose decisions are printed.
const PRINTED: usize = 20;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [path, name, all_c, all_gamma] = &arguments[..] else {
        println!(
            "pass a file with NAME.rows and NAME.labels, NAME, each C and each γ: sets.safetensors iris_raw 0.1,1 1,10"
        );
        return Ok(());
    };
    let file = TensorFile::read(path)?;
    let of = |fault: FileFault| Error::File { path: path.into(), fault };
    let rows = file.reals(&format!("{name}.rows")).map_err(of)?.into_dimensionality::<Ix2>();
    let rows = rows.map_err(|error| Error::Transfer { why: format!("{name}: {error}") })?;
    let labels = file.integers(&format!("{name}.labels")).map_err(of)?;
    for c in numbers(all_c) {
        for gamma in numbers(all_gamma) {
            let found = fit(&rows, &labels, c, gamma);
            let mut line = found.unwrap_or_else(|error| json!({"error": error.to_string()}));
            line["c"] = json!(c);
            line["gamma"] = json!(gamma);
            println!("{line}");
        }
    }
    Ok(())
}

fn numbers(list: &str) -> impl Iterator<Item = f64> {
    list.split(',').filter_map(|number| number.parse().ok())
}

/// The fastest of a few fits, and what it came to.
fn fit(rows: &Array2<f32>, labels: &[u32], c: f64, gamma: f64) -> std::result::Result<Value, SvmError> {
    let params = RbfSvm::params().c(c).gamma(Some(gamma));
    let (begin, mut fastest) = (Instant::now(), f64::INFINITY);
    let mut repeats = 0;
    let svm = loop {
        let start = Instant::now();
        let svm = params.fit(rows.view(), labels)?;
        fastest = fastest.min(start.elapsed().as_secs_f64());
        repeats += 1;
        if repeats == MOST_REPEATS || begin.elapsed().as_secs_f64() > ENOUGH {
            break svm;
        }
    };
    let right = svm.predict(rows.view())?.iter().zip(labels).filter(|(a, b)| a == b).count();
    let some: Vec<usize> = (0..labels.len()).step_by(labels.len().div_ceil(PRINTED)).collect();
    let decisions = svm.decision_values(rows.select(Axis(0), &some).view())?;
    Ok(json!({
        "fit": fastest, "solved": svm.warnings().is_empty(), "support_vectors": svm.support_vectors(),
        "accuracy": right as f64 / labels.len() as f64, "decisions": decisions.into_raw_vec_and_offset().0,
    }))
}
