//! Choosing a GPU, and that drivers are not heard.

use crate::faults::fault;
use crate::{command, printed, text};

/// The adapters as `--adapters` lists them.
fn listed() -> Vec<String> {
    let lines: Vec<String> = printed("xor", &["--adapters"]).lines().map(str::to_string).collect();
    if lines.is_empty() {
        let required = std::env::var("WGRAD_GPU").is_ok_and(|value| value == "require");
        assert!(!required, "there is no adapter");
        eprintln!("a GPU test is skipped: there is no adapter");
    }
    lines
}

#[test]
fn standard_error_is_the_programs_own_whatever_drivers_print() {
    let mut cases = vec![("auto", ""), ("cpu", "")];
    let listed = listed();
    if !listed.is_empty() {
        cases.extend([("gpu", ""), ("verify", "")]);
    }
    cases.extend(listed.iter().filter(|line| line.contains("OpenGL")).map(|_| ("gpu", "opengl")));
    for (backend, adapter) in cases {
        let mut command = command("xor", &["--smoke", "--backend", backend]);
        let output = command.env("WGRAD_ADAPTER", adapter).output().unwrap();
        assert!(output.status.success(), "{backend} {adapter}: {}", text(&output.stderr));
        assert_eq!(text(&output.stderr), "", "{backend} {adapter}");
    }
}

#[test]
fn every_example_with_an_adapter_lists_them_with_their_numbers() {
    let wanted = listed();
    for (number, line) in wanted.iter().enumerate() {
        assert!(line.starts_with(&format!("{number}: ")), "{line}");
    }
    let others = ["autoencoder_gpu", "classifier", "gradient_check", "reports", "share_device", "xor"];
    for name in others.into_iter().chain(crate::jobs::built()) {
        let output = command(name, &["--adapters"]).output().unwrap();
        assert_eq!(text(&output.stdout).lines().collect::<Vec<_>>(), wanted, "{name}");
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{name}");
    }
}

#[test]
fn a_number_takes_the_adapter_at_that_place() {
    for line in listed() {
        let (number, adapter) = line.split_once(": ").unwrap();
        let said = printed("xor", &["--smoke", "--backend", "gpu", "--adapter", number]);
        assert!(said.lines().any(|line| line == format!("device: gpu: {adapter}")), "{line}: {said}");
        let mut command = command("xor", &["--smoke", "--backend", "gpu"]);
        let output = command.env("WGRAD_ADAPTER", number).output().unwrap();
        assert!(text(&output.stdout).contains(&format!("device: gpu: {adapter}")), "{line}: {output:?}");
    }
    let line = fault("xor", &["--backend", "gpu", "--adapter", "4090"]);
    assert!(line.contains("4090"), "{line}");
}

/// The file by which Vulkan finds a driver, twice, is two adapters of one name.
#[test]
#[cfg(target_os = "linux")]
fn a_name_that_several_adapters_have_says_which_is_used() {
    let folder = std::path::Path::new("/usr/share/vulkan/icd.d");
    let files = folder.read_dir().into_iter().flatten().map(|entry| entry.unwrap().path());
    let lavapipe = files.into_iter().find(|path| path.to_string_lossy().contains("lvp_icd"));
    let Some(lavapipe) = lavapipe else {
        eprintln!("a GPU test is skipped: there is no lavapipe");
        return;
    };
    let again = tempfile::tempdir().unwrap();
    let copy = again.path().join("again.json");
    std::fs::copy(&lavapipe, &copy).unwrap();
    let drivers = format!("{}:{}", lavapipe.display(), copy.display());
    let mut command = command("xor", &["--smoke", "--backend", "gpu", "--adapter", "llvmpipe"]);
    let output = command.env("VK_DRIVER_FILES", drivers).output().unwrap();
    let said = text(&output.stdout);
    assert!(said.contains("\"llvmpipe\" means several adapters: 0: "), "{output:?}");
}
