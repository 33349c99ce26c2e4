//! The examples from the outside: their flags, what they write, and how they fail.

mod idx_files;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// An example's program, built as these tests were.
fn example(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        // This program is target/debug/deps/cli-….
        let this = std::env::current_exe().unwrap();
        let output = this.parent().and_then(Path::parent).unwrap();
        let profile = output.file_name().unwrap().to_str().unwrap();
        let profile = if profile == "debug" { "dev" } else { profile };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--offline", "--examples", "--profile", profile, "--target-dir"]);
        build.arg(output.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(build.status().unwrap().success(), "the examples do not build");
        output.join("examples")
    });
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn run(name: &str, flags: &[&str]) -> Output {
    Command::new(example(name)).args(flags).env_remove("WGRAD_DATA").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a run that ends well prints.
#[track_caller]
fn printed(name: &str, flags: &[&str]) -> String {
    let output = run(name, flags);
    assert!(output.status.success(), "{name} {flags:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

// === Help ===

#[test]
fn the_main_jobs_help_shows_every_flag_with_its_default() {
    let help = printed("autoencoder_gpu", &["--help"]);
    let flags = [
        ("--backend <auto|gpu|cpu|verify>", "[default: auto]"),
        ("--adapter <NAME>", ""),
        ("--data <DIR>", "[default: WGRAD_DATA"),
        ("--synthetic", ""),
        ("--encoder <N,N,…>", "[default: 128,64,32]"),
        ("--train <N>", "[default: 60000]"),
        ("--epochs <N>", "[default: 20]"),
        ("--batch <N>", "[default: 256]"),
        ("--optimizer <OPTIMIZER>", "[default: adam]"),
        ("--lr <X>", "[default: sgd 0.5, momentum 0.1, others 0.001]"),
        ("--seed <N>", "[default: 0]"),
        ("--svm <N>", "[default: 60000]"),
        ("--svm-c <X>", "[default: 10]"),
        ("--out <DIR>", "[default: out/autoencoder]"),
        ("--smoke", ""),
        ("--quiet", ""),
    ];
    for (flag, default) in flags {
        let line = help.lines().find(|line| line.trim_start().starts_with(flag));
        let line = line.unwrap_or_else(|| panic!("no {flag} in\n{help}"));
        assert!(line.contains(default), "no {default} in {line}");
        assert!(line.trim().len() > flag.len() + 10, "{flag} is not explained");
    }
    assert!(help.contains("sgd, momentum, rmsprop, adam, adamw"), "{help}");
}

#[test]
fn every_example_has_help_and_a_quick_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let names: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_string())
        .collect();
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        let help = printed(&name, &["--help"]);
        assert!(help.contains("--smoke") && help.contains("Usage:"), "{name}: {help}");
    }
}

// === The main job ===

/// The main job's quick run on drawn digits, once for all tests.
fn smoke() -> &'static (TempDir, String) {
    static SMOKE: OnceLock<(TempDir, String)> = OnceLock::new();
    SMOKE.get_or_init(|| {
        let folder = tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let printed =
            printed("autoencoder_gpu", &["--smoke", "--synthetic", "--backend", "cpu", "--out", out]);
        (folder, printed)
    })
}

fn written(name: &str) -> Vec<u8> {
    std::fs::read(smoke().0.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_main_job_says_what_it_does() {
    let printed = &smoke().1;
    for wanted in [
        "device: cpu: ",
        "dataset: digits drawn with seed 0 (asked for), 60000 + 10000 images",
        "output   parameters",
        "latent",
        "epoch 1/2: loss 0.",
        "epoch 2/2: loss 0.",
        "validation 0.",
        "samples/s",
        "reconstruction error on 256 test images: 0.",
        "support vector machine on 512 latents, C = 10",
        "precision",
        "true \\ predicted",
    ] {
        let found = printed.to_lowercase().contains(&wanted.to_lowercase());
        assert!(found, "{wanted:?} is not in\n{printed}");
    }
}

#[test]
fn the_main_job_writes_its_files_and_no_others() {
    let files: BTreeSet<String> = std::fs::read_dir(smoke().0.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let wanted = [
        "confusion.svg",
        "history.csv",
        "latents.safetensors",
        "loss.svg",
        "metrics.json",
        "model.safetensors",
        "reconstructions.png",
        "svm.safetensors",
    ];
    assert_eq!(Vec::from_iter(files), wanted);
    assert!(text(&written("loss.svg")).contains("<svg") && text(&written("confusion.svg")).contains("<svg"));
    assert!(written("reconstructions.png").starts_with(b"\x89PNG\r\n"));
    let history = text(&written("history.csv"));
    assert!(history.starts_with("epoch,loss,") && history.lines().count() == 3, "{history}");
}

#[test]
fn metrics_have_all_their_keys() {
    let metrics: Value = serde_json::from_slice(&written("metrics.json")).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let set = |keys: &[&str]| keys.iter().map(|key| key.to_string()).collect::<BTreeSet<_>>();
    let wanted = [
        "backend",
        "adapter",
        "dataset",
        "train_images",
        "epochs",
        "batch",
        "steps",
        "dispatches_per_step",
        "compile_seconds",
        "train_seconds",
        "us_per_step",
        "train_loss",
        "test_mse",
        "svm",
    ];
    assert_eq!(keys(&metrics), set(&wanted));
    let of_svm =
        ["train_rows", "c", "gamma", "support_vectors", "accuracy", "fit_seconds", "predict_seconds"];
    assert_eq!(keys(&metrics["svm"]), set(&of_svm));
    assert_eq!((&metrics["backend"], &metrics["train_images"]), (&Value::from("cpu"), &Value::from(512)));
    let counts = ["epochs", "batch", "steps"].map(|key| metrics[key].as_u64().unwrap());
    assert_eq!(counts, [2, 256, 4]);
    for (value, low, high) in [
        (&metrics["train_loss"], 0.001, 1.0),
        (&metrics["test_mse"], 0.001, 1.0),
        (&metrics["us_per_step"], 1.0, 1e9),
        (&metrics["svm"]["accuracy"], 0.05, 1.0),
        (&metrics["svm"]["gamma"], 1e-9, 1e9),
        (&metrics["svm"]["c"], 10.0, 10.0),
        (&metrics["svm"]["train_rows"], 512.0, 512.0),
    ] {
        let value = value.as_f64().unwrap();
        assert!((low..=high).contains(&value), "{value} in {metrics:#}");
    }
}

#[test]
fn latents_are_tensors_with_their_labels() {
    let bytes = written("latents.safetensors");
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let found: BTreeSet<_> = tensors
        .iter()
        .map(|(name, tensor)| (name.to_string(), tensor.dtype() == Dtype::F32, tensor.shape().to_vec()))
        .collect();
    let wanted = [
        ("test_labels", false, vec![256]),
        ("test_latents", true, vec![256, 32]),
        ("test_predictions", false, vec![256]),
        ("train_labels", false, vec![512]),
        ("train_latents", true, vec![512, 32]),
    ];
    let wanted: BTreeSet<_> = wanted.map(|(name, real, shape)| (name.to_string(), real, shape)).into();
    assert_eq!(found, wanted);
}

#[test]
fn files_given_are_taken_and_the_machine_left_out_where_asked() {
    let (data, out) = (tempdir().unwrap(), tempdir().unwrap());
    for (name, content) in idx_files::NAMES.iter().zip(idx_files::small_set()) {
        std::fs::write(data.path().join(format!("{name}.gz")), idx_files::gzip(&content)).unwrap();
    }
    let [folder, target] = [&data, &out].map(|folder| folder.path().to_str().unwrap());
    let flags =
        ["--backend", "cpu", "--data", folder, "--out", target, "--epochs", "1", "--svm", "0", "--quiet"];
    let encoder =
        ["--encoder", "8,3", "--optimizer", "momentum", "--lr", "0.05", "--batch", "5", "--train", "11"];
    let printed = printed("autoencoder_gpu", &[&flags[..], &encoder[..]].concat());
    assert!(printed.contains("12 + 7 images") && !printed.contains("epoch 1/1"), "{printed}");
    let metrics: Value =
        serde_json::from_slice(&std::fs::read(out.path().join("metrics.json")).unwrap()).unwrap();
    assert_eq!((&metrics["svm"], &metrics["steps"]), (&Value::Null, &Value::from(3)));
    assert_eq!(metrics["train_images"], Value::from(11));
    assert!(!out.path().join("confusion.svg").exists());
}

// === Faults ===

/// A run that must fail, in one line, soon, without a panic; the line.
#[track_caller]
fn fault(name: &str, flags: &[&str]) -> String {
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
    let cases: [(&[&str], &[&str]); 14] = [
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
    let cases: [&[&str]; 6] = [
        &["--backend", "tpu"],
        &["--epochs", "many"],
        &["--epochs", "-1"],
        &["--encoder", "8,x"],
        &["--optimizer", "newton"],
        &["--learning-rate", "1"],
    ];
    for flags in cases {
        let output = run("autoencoder_gpu", flags);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {errors}");
        assert!(errors.starts_with("error: ") && errors.contains("--help"), "{flags:?}: {errors}");
    }
}

// === The others ===

#[test]
fn the_gradient_check_prints_its_tables_and_passes() {
    let printed = printed("gradient_check", &["--smoke", "--backend", "cpu"]);
    for wanted in [
        "(L(w + h) - L(w - h)) / 2h",
        "dense_1.weight",
        "inputs",
        "gelu",
        "SoftmaxCrossEntropy",
        "largest relative",
    ] {
        assert!(printed.contains(wanted), "{wanted:?} is not in\n{printed}");
    }
}

#[test]
fn xor_shows_both_reports_trainings() {
    let printed = printed("xor", &["--smoke", "--backend", "cpu"]);
    for wanted in ["SGD 0.1, 50,000 epochs", "SGD 0.9, 200 epochs", "after 200 epochs: loss 0.", "prediction"]
    {
        assert!(printed.contains(wanted), "{wanted:?} is not in\n{printed}");
    }
}
