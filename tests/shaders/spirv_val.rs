//! The SPIR-V is valid to the makers of SPIR-V.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use naga::proc::BoundsCheckPolicy;

use crate::translation::{specialised, spirv};
use crate::{Case, cases};

/// Why `spirv-val` refuses SPIR-V, if it does; the outer error is that there is no such tool.
fn spirv_val(words: &[u32]) -> std::io::Result<Result<(), String>> {
    let mut tool = Command::new("spirv-val");
    tool.args(["--target-env", "vulkan1.0", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = tool.stdout(Stdio::piped()).spawn()?;
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    child.stdin.take().unwrap().write_all(&bytes)?;
    let output = child.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok(if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned()) })
}

/// Whether there is `spirv-val`; `WGRAD_SPIRV_VAL=require` makes a missing one a failure.
fn has_spirv_val() -> bool {
    let missing = Command::new("spirv-val").arg("--version").output().err();
    let required = std::env::var("WGRAD_SPIRV_VAL").is_ok_and(|value| value == "require");
    assert!(missing.is_none() || !required, "spirv-val: {missing:?}");
    if let Some(why) = &missing {
        // Unlike that of eprintln, this line shows although the test passes.
        let line = format!("the SPIR-V is not checked: spirv-val: {why}\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    missing.is_none()
}

#[test]
fn spirv_val_accepts_every_kernel_with_and_without_checks_of_bounds() {
    if !has_spirv_val() {
        return;
    }
    let mut modules = BTreeMap::new();
    for Case { kernel, .. } in cases() {
        let (module, info) = specialised(&kernel).unwrap();
        for bounds in [BoundsCheckPolicy::Unchecked, BoundsCheckPolicy::Restrict] {
            modules.insert(spirv(&module, &info, bounds).unwrap(), kernel.label());
        }
    }
    assert!(modules.len() > 200, "{}", modules.len());
    for (words, label) in &modules {
        spirv_val(words).unwrap().unwrap_or_else(|why| panic!("{label}: {why}"));
    }
    let mut broken = modules.keys().next().unwrap().clone();
    broken.truncate(broken.len() - 1);
    assert!(spirv_val(&broken).unwrap().is_err());
}
