//! libsvm's solutions that `record.py` wrote down, against ours.
//!
//! `WGRAD_PYTHON` names an interpreter with numpy, safetensors and scikit-learn, which writes the sets that are not
//! made up here; a package that it lacks is a failure. Without it they are left out.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use ndarray::Ix2;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::tempdir;
use wgrad::TensorFile;

use crate::case::Case;
use crate::made_up::{self, Set};

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
    let (mut cases, mut differences) = (0, Vec::new());
    for case in recorded["cases"].as_array().unwrap() {
        if let Some((_, set)) = sets.iter().find(|(name, _)| case["set"] == **name) {
            let says = |what| format!("{} C {} γ {} {what}", case["set"], case["c"], case["gamma"]);
            differences.extend(Case { case, set }.differences().into_iter().map(says));
            cases += 1;
        }
    }
    println!("{cases} cases");
    assert!(cases > 0 && differences.is_empty(), "{}", differences.join("\n"));
}

fn sha256((rows, labels): &Set) -> String {
    let rows = rows.iter().flat_map(|value| value.to_le_bytes());
    let bytes: Vec<u8> = rows.chain(labels.iter().flat_map(|label| label.to_le_bytes())).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
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
