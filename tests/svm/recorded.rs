//! libsvm's solutions that `record.py` wrote down, against ours.
//!
//! `WGRAD_PYTHON` names an interpreter with numpy, safetensors and scikit-learn, which writes the sets that are not
//! made up here; a package that it lacks is a failure. Without it they are left out.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use ndarray::{Array2, ArrayView1, Axis, Ix2, concatenate, stack};
use rayon::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::tempdir;
use wgrad::TensorFile;
use wgrad::svm::{ClassWeights, RbfSvm, RbfSvmParams};

use crate::made_up::{self, Set};

/// The tolerance at which libsvm's two solutions of a case, its rows in order and the other way round, agree to
/// [`CLOSE`].
const FINE: f64 = 1e-8;
/// Decisions differ by no more, relative to those beyond the margin.
const CLOSE: f64 = 1e-6;
/// Solutions at the default tolerance are as far from the fine one as libsvm's in double precision, times this: of
/// two of those, one may be 2.6 times as far as the other. Or they are as far as those of libsvm as it is.
const COARSE: f64 = 3.0;
/// Support vectors more or less: rows on their margin, whose α is next to 0.
const ON_MARGIN: u64 = 2;
/// The same of all support vectors at the default tolerance, at which whole α may be missing.
const ON_COARSE_MARGIN: f64 = 0.02;
/// Steps after which a pair of classes that libsvm does not solve is not solved either.
const FEW_STEPS: u64 = 10_000;

fn recorded() -> Value {
    serde_json::from_str(include_str!("recorded.json")).unwrap()
}

/// Compares every case whose set there is, and lists what differs.
fn compare(recorded: &Value, set: impl Fn(&str) -> Option<Set>) {
    let mut sets = Vec::new();
    for (name, hash) in recorded["sets"].as_object().unwrap() {
        if let Some(set) = set(name) {
            assert_eq!(sha256(&set), hash.as_str().unwrap(), "{name} is not the set that was recorded");
            sets.push((name, set));
        }
    }
    let cases = recorded["cases"].as_array().unwrap().par_iter();
    let found: Vec<Vec<String>> = cases
        .filter_map(|case| {
            let set = &sets.iter().find(|(name, _)| case["set"] == **name)?.1;
            let says = |what| format!("{} C {} γ {} {what}", case["set"], case["c"], case["gamma"]);
            Some(Case { case, set }.differences().into_iter().map(says).collect())
        })
        .collect();
    let differences = found.concat();
    println!("{} cases", found.len());
    assert!(!found.is_empty() && differences.is_empty(), "{}", differences.join("\n"));
}

fn sha256((rows, labels): &Set) -> String {
    let rows = rows.iter().flat_map(|value| value.to_le_bytes());
    let bytes: Vec<u8> = rows.chain(labels.iter().flat_map(|label| label.to_le_bytes())).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a fit may come to.
struct Theirs {
    /// The most by which decisions differ.
    close: f64,
    /// Numbers of different support vectors.
    support: Vec<u64>,
    /// Support vectors more or less.
    spare: u64,
    /// Numbers of rows that are classified right.
    right: Vec<u64>,
}

struct Case<'a> {
    case: &'a Value,
    set: &'a Set,
}

impl Case<'_> {
    fn params(&self) -> RbfSvmParams {
        let weights = match &self.case["weights"] {
            Value::Null => ClassWeights::Equal,
            Value::Array(pairs) => ClassWeights::Given(pairs.iter().map(label_and_weight).collect()),
            _ => ClassWeights::Balanced,
        };
        let (c, gamma) = (real(&self.case["c"]), real(&self.case["gamma"]));
        RbfSvm::params().c(c).gamma(Some(gamma)).class_weights(weights)
    }

    fn differences(&self) -> Vec<String> {
        let (fine, default) = (&self.case["fine"], &self.case["default"]);
        if fine.get("no_answer").is_some() {
            return self.unsolved();
        }
        let both: Vec<u64> = fine["support_vectors"].as_array().unwrap().iter().map(count).collect();
        let right = count(&fine["right"]);
        let theirs = Theirs { close: CLOSE, support: both.clone(), spare: ON_MARGIN, right: vec![right] };
        let mut found = self.compare("fine", self.params().tolerance(FINE), &theirs);
        if default.get("no_answer").is_none() {
            let support = [&both[..], &[count(&default["support_vectors"])]].concat();
            let theirs = Theirs {
                close: (COARSE * real(&fine["coarse"]).max(1e-3)).max(real(&default["off"])),
                spare: ON_MARGIN + (ON_COARSE_MARGIN * both[0] as f64) as u64,
                support,
                right: vec![right, count(&default["right"])],
            };
            found.extend(self.compare("default", self.params(), &theirs));
        }
        found
    }

    /// Where a fit differs from libsvm's.
    fn compare(&self, at: &str, params: RbfSvmParams, theirs: &Theirs) -> Vec<String> {
        let (rows, labels) = self.set;
        let svm = match params.fit(rows.view(), labels) {
            Ok(svm) if svm.warnings().is_empty() => svm,
            Ok(svm) => return vec![format!("{at}: {:?}", svm.warnings())],
            Err(error) => return vec![format!("{at}: {error}")],
        };
        let mut found = Vec::new();
        let far = self.distance(&svm);
        if far > theirs.close {
            found.push(format!("{at}: decisions differ by {far:.1e}, more than {:.1e}", theirs.close));
        }
        let ours = distinct(&svm.parts().support_vectors);
        if !within(ours, &theirs.support, theirs.spare) {
            found.push(format!("{at}: {ours} different support vectors, libsvm has {:?}", theirs.support));
        }
        let predicted = svm.predict(rows.view()).unwrap();
        let ours = predicted.iter().zip(labels).filter(|(a, b)| a == b).count() as u64;
        if !within(ours, &theirs.right, 0) {
            found.push(format!("{at}: {ours} rows are right, with libsvm {:?}", theirs.right));
        }
        found
    }

    /// What libsvm does not solve within its steps is told as such.
    fn unsolved(&self) -> Vec<String> {
        let (rows, labels) = self.set;
        let fit = self.params().tolerance(FINE).max_iterations(Some(FEW_STEPS)).fit(rows.view(), labels);
        match fit {
            Ok(svm) if svm.warnings().is_empty() => vec!["no warning".to_string()],
            Ok(_) => Vec::new(),
            Err(error) => vec![error.to_string()],
        }
    }

    /// The largest difference of decisions at the probes, relative to those beyond the margin.
    fn distance(&self, svm: &RbfSvm) -> f64 {
        let decisions = svm.decision_values(probes(self.set).view()).unwrap();
        let ours = decisions.select(Axis(1), &pairs(decisions.ncols()));
        let theirs: Vec<f64> = self.case["fine"]["decisions"].as_array().unwrap().iter().map(real).collect();
        assert_eq!(ours.len(), theirs.len());
        ours.iter().zip(theirs).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f64::max)
    }
}

/// Whether a number is between some others, or no further from them than is to spare.
fn within(number: u64, others: &[u64], spare: u64) -> bool {
    others.iter().any(|other| number <= other + spare) && others.iter().any(|other| number + spare >= *other)
}

/// How many rows differ: of equal ones, any may be the support vector.
fn distinct(rows: &Array2<f32>) -> u64 {
    let rows: HashSet<Vec<u32>> = rows.outer_iter().map(|row| row.mapv(f32::to_bits).to_vec()).collect();
    rows.len() as u64
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn real(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn label_and_weight(pair: &Value) -> (u32, f64) {
    (count(&pair[0]) as u32, real(&pair[1]))
}

/// Rows of at most ten classes, a point between the first class and the last, and one far from all.
fn probes((rows, labels): &Set) -> Array2<f32> {
    let mut classes = labels.clone();
    classes.sort_unstable();
    classes.dedup();
    let some = classes.len().min(10);
    let classes: Vec<u32> = (0..some).map(|index| classes[index * classes.len() / some]).collect();
    let first = |label: &u32| labels.iter().position(|other| other == label).unwrap();
    let last = |label: &u32| labels.iter().rposition(|other| other == label).unwrap();
    let firsts: Vec<usize> = classes.iter().map(first).collect();
    let lasts: Vec<usize> = classes.iter().take(4).map(last).collect();
    let row = |index: usize| -> ArrayView1<f32> { rows.row(index) };
    let between = (&row(firsts[0]) + &row(firsts[some - 1])) * 0.5;
    let far = between.mapv(|_| 1e6);
    let added = stack![Axis(0), between, far];
    concatenate![Axis(0), rows.select(Axis(0), &[firsts, lasts].concat()), added]
}

/// The first, the middle and the last pair of classes.
fn pairs(count: usize) -> Vec<usize> {
    let mut pairs = vec![0, count / 2, count - 1];
    pairs.dedup();
    pairs
}

/// Whether scikit-learn's sets could be written to the file.
fn write_sets(file: &Path) -> bool {
    let Some(python) = std::env::var_os("WGRAD_PYTHON") else {
        // Unlike that of eprintln, this line shows although the test passes.
        let line = b"scikit-learn's sets are skipped: WGRAD_PYTHON is not set\n";
        std::io::stderr().write_all(line).unwrap();
        return false;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/svm/sets.py");
    let output = Command::new(python).arg(script).arg(file).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "WGRAD_PYTHON: {}", String::from_utf8_lossy(&said));
    true
}

#[test]
fn made_up_sets_are_solved_as_by_libsvm() {
    compare(&recorded(), made_up::set);
}

#[test]
fn scikit_learns_sets_are_solved_as_by_libsvm() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("sets.safetensors");
    if !write_sets(&path) {
        return;
    }
    let file = TensorFile::read(path).unwrap();
    compare(&recorded(), |name| {
        let rows = file.reals(&format!("{name}.rows")).ok()?.into_dimensionality::<Ix2>().unwrap();
        Some((rows, file.integers(&format!("{name}.labels")).unwrap()))
    });
}
