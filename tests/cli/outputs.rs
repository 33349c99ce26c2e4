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

    /// A program whose first `lines` lines are read, and no more.
    fn left_after(name: &str, flags: &[&str], lines: usize) -> Output {
        let mut child = command(name, flags).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        for _ in 0..lines {
            reader.read_line(&mut String::new()).unwrap();
        }
        drop(reader);
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
            assert_quiet(&left_after(name, &with_out, 0));
        }
        for name in ["xor", "gradient_check", "custom_op"] {
            assert_quiet(&left_after(name, &["--smoke", "--backend", "cpu"], 0));
        }
    }

    #[test]
    fn a_pipe_that_closes_during_a_training_leaves_its_checkpoint() {
        let out = tempdir().unwrap();
        let folder = ["--out", out.path().to_str().unwrap(), "--epochs", "100000"];
        let flags = [&SMALL[..], &folder].concat();
        let printed = crate::text(&left_lines(&flags));
        let before = printed.lines().position(|line| line.starts_with("epoch ")).unwrap();
        assert_quiet(&left_after("autoencoder_gpu", &flags, before + 1));
        let checkpoint = out.path().join("checkpoint.safetensors");
        assert!(checkpoint.exists());
        let resume = ["--resume", checkpoint.to_str().unwrap(), "--epochs", "100000"];
        let file = wgrad::TensorFile::read(&checkpoint).unwrap();
        assert!(file.shape("wgrad/history").unwrap()[0] >= 1, "{resume:?}");
    }

    /// What a training of one epoch prints.
    fn left_lines(flags: &[&str]) -> Vec<u8> {
        let flags: Vec<&str> = flags.iter().map(|flag| if *flag == "100000" { "1" } else { *flag }).collect();
        run("autoencoder_gpu", &[&flags[..], &["--svm", "0"]].concat()).stdout
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
        let status = command("xor", &["--backend", "cpu", "--precision", "f16", "--adapter", "x", "--smoke"])
            .stderr(full())
            .stdout(full())
            .status()
            .unwrap();
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
        assert!(errors.starts_with("error: cannot write ") && errors.contains(file), "{name} {file}: {errors}");
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
    for file in ["model.safetensors", "history.csv", "loss.svg", "reconstructions.png", "latents.safetensors"] {
        assert!(out.path().join(file).exists(), "{file}");
    }
}
