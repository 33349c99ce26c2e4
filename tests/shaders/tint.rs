//! Tint, the WGSL compiler of Dawn and so of Chromium, accepts every kernel, and Dawn makes its pipeline. Unlike naga it
//! checks that barriers stand in uniform control flow.
//!
//! `WGRAD_TINT` names a folder with the npm package `webgpu`; what is missing is then a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use wgrad::kernel::Kernel;
use wgrad::serde_json::{self, Map, Value, json};

use crate::{ADD_TO, add_to, altered, cases};

/// A kernel as the script reads it.
fn described(kernel: &Kernel) -> Value {
    let constants: Map<_, _> =
        kernel.constants.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
    json!({ "label": kernel.label(), "code": kernel.wgsl(), "constants": constants })
}

/// What Dawn says against kernels.
fn complaints(dawn: &OsStr, kernels: &[Value]) -> Vec<String> {
    let files = tempfile::tempdir().unwrap();
    fs::write(files.path().join("kernels.json"), serde_json::to_vec(kernels).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shaders/tint.mjs");
    let mut node = Command::new("node");
    let output = node.arg(script).arg(dawn).arg(files.path()).output();
    let output = output.unwrap_or_else(|why| panic!("node: {why}"));
    assert!(output.status.success(), "Dawn: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&fs::read(files.path().join("complaints.json")).unwrap()).unwrap()
}

/// The folder with Dawn, or a line that says what is not checked.
fn dawn() -> Option<OsString> {
    let folder = std::env::var_os("WGRAD_TINT");
    if folder.is_none() {
        // Unlike that of eprintln, this line shows although the test passes.
        let line =
            "the kernels are not checked by Tint: WGRAD_TINT names no folder with the npm package webgpu\n";
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    folder
}

/// Every kernel once with each choice of its constants.
fn kernels() -> Vec<Value> {
    let described = cases().into_iter().map(|case| described(&case.kernel));
    let different: BTreeMap<_, _> = described.map(|kernel| (kernel.to_string(), kernel)).collect();
    different.into_values().collect()
}

#[test]
fn tint_accepts_every_kernel() {
    let Some(dawn) = dawn() else { return };
    let kernels = kernels();
    assert!(kernels.len() > 700, "{}", kernels.len());
    // Kernels that differ in their constants alone are mostly refused alike.
    let found: BTreeSet<_> = complaints(&dawn, &kernels).into_iter().collect();
    assert!(found.is_empty(), "{}", Vec::from_iter(found).join("\n"));
}

#[test]
fn what_tint_and_dawn_refuse_is_found() {
    let Some(dawn) = dawn() else { return };
    let with = |from, to| described(&altered(add_to(), from, to).kernel);
    let adds = "sum[i] = plus(sum[i], part[i]);";
    let mut without_constants = add_to().kernel;
    without_constants.constants.clear();
    let planted = [
        (
            with(adds, "if part[i] > 0.0 { workgroupBarrier(); }"),
            "error: 'workgroupBarrier' must only be called",
        ),
        (with(adds, "return; sum[i] += part[i];"), "warning: code is unreachable"),
        (with(adds, "sum[i] = f32(1u / (ROWS - ROWS));"), "cannot be represented"),
        (with("@workgroup_size(64)", "@workgroup_size(512)"), "exceeds the maximum"),
        (described(&without_constants), "uninitialized pipeline overridable constants"),
    ];
    let found = complaints(&dawn, &planted.clone().map(|(kernel, _)| kernel));
    assert_eq!(found.len(), planted.len(), "{found:#?}");
    for (found, (_, expected)) in found.iter().zip(planted) {
        assert!(found.starts_with(&format!("{ADD_TO}: ")) && found.contains(expected), "{found}");
    }
}
