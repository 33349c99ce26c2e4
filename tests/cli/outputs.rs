//! Output that nobody takes, files that cannot be written, and parts that fail when others are done.

use serde_json::Value;
use tempfile::tempdir;

use crate::faults::fault;
use crate::{idx_files, run, text};

const SMALL: [&str; 9] =
    ["--synthetic", "--backend", "cpu", "--encoder", "8,3", "--train", "40", "--batch", "8"];

#[cfg(unix)]
mod closed {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Output, Stdio};

    use super::*;
    use crate::command;

    /// A program of which no more is read than the line that begins so, or nothing.
    fn left_at(begin: Option<&str>, name: &str, flags: &[&str]) -> Output {
        let mut child = command(name, flags).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        if let Some(begin) = begin {
            assert!(lines.any(|line| line.unwrap().starts_with(begin)), "no line {begin:?}");
        }
        drop(lines);
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    fn assert_quiet(output: &Output) {
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(141), ""));
    }

    #[test]
    fn a_closed_pipe_ends_every_example_quietly() {
        let out = tempdir().unwrap();
        let folder = out.path().to_str().unwrap();
        let with_out = ["--smoke", "--synthetic", "--backend", "cpu", "--out", folder];
        for name in ["autoencoder_gpu", "classifier", "reports"] {
            assert_quiet(&left_at(None, name, &with_out));
        }
        for name in ["xor", "gradient_check", "custom_layer", "own_loss"] {
            assert_quiet(&left_at(None, name, &["--smoke", "--backend", "cpu"]));
        }
    }

    #[test]
    fn a_pipe_that_closes_during_a_training_leaves_its_checkpoint() {
        let out = tempdir().unwrap();
        let checkpoint = out.path().join("checkpoint.safetensors");
        let flags = |epochs| {
            let more = ["--svm", "0", "--out", out.path().to_str().unwrap(), "--epochs", epochs];
            [&SMALL[..], &more].concat()
        };
        assert_quiet(&left_at(Some("epoch "), "autoencoder_gpu", &flags("100000")));
        let resume = ["--resume", checkpoint.to_str().unwrap()];
        crate::printed("autoencoder_gpu", &[&flags("1")[..], &resume].concat());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_an_error_and_a_closed_standard_error_is_none() {
        use std::fs::File;
        let full = || File::options().write(true).open("/dev/full").unwrap();
        let output = command("xor", &["--smoke", "--backend", "cpu"]).stdout(full()).output().unwrap();
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.starts_with("error: cannot write to standard output: "), "{errors}");
        let flags = ["--backend", "gpu", "--adapter", "nonsuch"];
        let status = command("xor", &flags).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(1), "no panic over the error that cannot be told");
    }
}

#[test]
fn files_that_cannot_be_written_are_named_before_the_training() {
    let data = tempdir().unwrap();
    idx_files::write_small_set(data.path());
    let files = [
        ("autoencoder_gpu", "model.safetensors"),
        ("autoencoder_gpu", "metrics.json"),
        ("autoencoder_gpu", "history.csv"),
        ("autoencoder_gpu", "checkpoint.safetensors"),
        ("autoencoder_gpu", "loss.svg"),
        ("autoencoder_gpu", "reconstructions.png"),
        ("autoencoder_gpu", "latents.safetensors"),
        ("autoencoder_gpu", "svm.safetensors"),
        ("autoencoder_gpu", "confusion.svg"),
        ("classifier", "history.csv"),
        ("classifier", "checkpoint.safetensors"),
        ("reports", "index.html"),
        ("reports", "metrics.json"),
    ];
    for (name, file) in files {
        let out = tempdir().unwrap();
        std::fs::create_dir(out.path().join(file)).unwrap();
        let folders = ["--data", data.path().to_str().unwrap(), "--out", out.path().to_str().unwrap()];
        let output = run(name, &[&["--backend", "cpu"], &folders[..]].concat());
        let (said, errors) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{name} {file}: {errors}");
        assert!(
            errors.starts_with("error: cannot write ") && errors.contains(file),
            "{name} {file}: {errors}"
        );
        assert!(!said.contains("epoch ") && !said.contains("=="), "{name} {file} begins first: {said}");
        assert_eq!(out.path().read_dir().unwrap().count(), 1, "{name} {file} leaves something");
    }
}

#[test]
fn a_machine_that_cannot_be_fitted_leaves_what_the_training_did() {
    let out = tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let flags = [&SMALL[..], &["--epochs", "1", "--quiet", "--svm", "1", "--out", folder]].concat();
    let line = fault("autoencoder_gpu", &flags);
    let metrics = std::fs::read_to_string(out.path().join("metrics.json")).unwrap();
    let metrics: Value = serde_json::from_str(&metrics).unwrap();
    let why = metrics["svm"]["error"].as_str().unwrap();
    assert!(line == format!("error: {why}") && metrics["test_mse"].as_f64().unwrap() > 0.0, "{metrics}");
    for file in ["model.safetensors", "history.csv", "loss.svg", "reconstructions.png", "latents.safetensors"]
    {
        assert!(out.path().join(file).exists(), "{file}");
    }
}
