//! Settings, folders and files that cannot be.

use tempfile::tempdir;

use crate::{idx_files, run, text};

/// A run that must fail, in one line, soon, without a panic; the line.
#[track_caller]
pub fn fault(name: &str, flags: &[&str]) -> String {
    let output = run(name, flags);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{flags:?}: {errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    let lines: Vec<&str> = errors.lines().collect();
    assert!(lines.len() == 1 && lines[0].starts_with("error: "), "{flags:?}: {errors}");
    lines[0].to_string()
}

#[test]
fn settings_that_cannot_be_are_one_line_before_the_training() {
    let (data, out) = (tempdir().unwrap(), tempdir().unwrap());
    idx_files::write_small_set(data.path());
    let [folder, target] = [&data, &out].map(|folder| folder.path().to_str().unwrap());
    let cases: [(&[&str], &[&str]); 17] = [
        (&["--epochs", "0"], &["0 epochs", "at least 1"]),
        (&["--batch", "0"], &["batches of 0", "at least 1"]),
        (&["--train", "0"], &["--train", "at least 1"]),
        (&["--lr", "nan"], &["learning rate is NaN"]),
        (&["--lr", "-0.1"], &["learning rate is -0.1"]),
        (&["--lr", "0"], &["learning rate is 0"]),
        (&["--lr", "inf", "--optimizer", "sgd"], &["learning rate is inf"]),
        (&["--encoder", "0"], &["dense_1", "0 units"]),
        (&["--encoder", "16,0,8"], &["dense_2", "0 units"]),
        (&["--svm-c", "-1"], &["C", "-1"]),
        (&["--svm-c", "0"], &["C", "0"]),
        (&["--svm-c", "nan"], &["C", "NaN"]),
        (&["--svm-gamma", "-1"], &["gamma", "-1"]),
        (&["--svm-cache", "0"], &["0 MB"]),
        (&["--svm-iterations", "0"], &["iterations is 0"]),
        (&["--synthetic"], &["digits", "folder"]),
        (&["--svm", "1"], &["1"]),
    ];
    for (flags, words) in cases {
        let common = ["--backend", "cpu", "--data", folder, "--out", target, "--quiet"];
        let line = fault("autoencoder_gpu", &[&common[..], flags].concat());
        assert!(words.iter().all(|word| line.contains(word)), "{flags:?}: {line}");
        if flags[0] != "--svm" {
            assert!(!out.path().join("history.csv").exists(), "{flags:?} trained first");
        }
    }
}

#[test]
fn an_adapter_that_is_not_there_is_no_reason_to_take_the_cpu() {
    let line = fault("xor", &["--backend", "auto", "--adapter", "nonsuch"]);
    assert!(line.contains("nonsuch"), "{line}");
    let mut command = crate::command("xor", &["--backend", "auto"]);
    let output = command.env("WGRAD_ADAPTER", "nonsuch").output().unwrap();
    let errors = text(&output.stderr);
    assert!(output.status.code() == Some(1) && errors.contains("nonsuch"), "{errors}");
}

#[test]
fn folders_that_cannot_be_are_named() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (missing, out, file) = (path("missing"), path("out"), path("file"));
    std::fs::write(&file, "in the way").unwrap();
    let line = fault("autoencoder_gpu", &["--backend", "cpu", "--data", &missing, "--out", &out]);
    assert!(line.contains("missing"), "{line}");
    let line = fault("autoencoder_gpu", &["--backend", "cpu", "--synthetic", "--out", &file]);
    assert!(line.contains("file"), "{line}");
    let line = fault("classifier", &["--backend", "cpu", "--data", &missing]);
    assert!(line.contains("missing"), "{line}");
}

#[test]
fn flags_that_are_none_show_how_to_get_help() {
    let cases: [&[&str]; 8] = [
        &["--backend", "tpu"],
        &["--dataset", "imagenet"],
        &["--epochs", "many"],
        &["--epochs", "-1"],
        &["--encoder", "8,x"],
        &["--optimizer", "newton"],
        &["--recipe", "secret"],
        &["--learning-rate", "1"],
    ];
    for flags in cases {
        let output = run("autoencoder_gpu", flags);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {errors}");
        assert!(errors.starts_with("error: ") && errors.contains("--help"), "{flags:?}: {errors}");
    }
}
