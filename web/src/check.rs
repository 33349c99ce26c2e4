//! Whether a device computes right.

use wasm_bindgen::prelude::*;
use wgrad::backend::{Backend, Choice};
use wgrad::ops::{catalogue, half_catalogue};
use wgrad::self_check::{OpCheck, check_programs_async, covering};
use wgrad::serde_json::{Value, json};

use crate::options::object;
use crate::thrown;

/// Samples of a batch, as the native check has them.
const CAPACITY: usize = 67;

/// Runs every op on a device and by its definition on the processor, and compares; with `ops`, those alone. Where something differs, it
/// says at which op, in which kernel.
#[wasm_bindgen(js_name = selfCheck, unchecked_return_type = "SelfCheck")]
pub async fn self_check(
    #[wasm_bindgen(unchecked_optional_param_type = "Backend")] backend: Option<String>,
    #[wasm_bindgen(unchecked_optional_param_type = "string[]")] ops: Option<Vec<String>>,
) -> Result<JsValue, JsError> {
    let choice: Choice = backend.as_deref().unwrap_or("gpu").parse().map_err(thrown)?;
    let opened = choice.open_async(None).await.map_err(thrown)?;
    let mut cases = catalogue(CAPACITY).map_err(thrown)?;
    cases.extend(half_catalogue(CAPACITY).map_err(thrown)?);
    if let Some(ops) = ops {
        cases.retain(|case| ops.iter().any(|name| name == case.steps()[0].name()));
    }
    let cases = covering(cases, &opened.backend.profile());
    let check = check_programs_async(opened.backend, &cases).await.map_err(thrown)?;
    let ops: Vec<Value> = check.ops.iter().map(described).collect();
    let report = json!({ "device": check.device.to_string(), "passed": check.passed(), "ops": ops });
    object(&report).map_err(thrown)
}

/// The ops that there are.
#[wasm_bindgen(js_name = opNames)]
pub fn op_names() -> Result<Vec<String>, JsError> {
    let cases = catalogue(1).map_err(thrown)?;
    let mut names: Vec<String> = cases.iter().map(|case| case.steps()[0].name().to_string()).collect();
    names.dedup();
    Ok(names)
}

fn described(op: &OpCheck) -> Value {
    let mut described = json!({
        "name": op.name, "cases": op.cases, "refused": op.refused, "values": op.values, "largest": op.largest,
    });
    if let Some(failure) = &op.failure {
        described["failure"] = json!(failure.to_string());
    }
    described
}
