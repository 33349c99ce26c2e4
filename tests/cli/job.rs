//! The main job: what it prints and writes.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::{idx_files, printed, text};

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
        "latent     dense",
        "837424 parameters, 3349.7 kB",
        "adamw 0.002 with a schedule, batch 128, 2 epochs of 512 images",
        "epoch 1/2: loss 0.",
        "epoch 2/2: loss 0.",
        "validation 0.",
        "samples/s, learning rate",
        " s left",
        "2 epochs in ",
        "the best is epoch 2 with loss 0.",
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
        "precision",
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
    let of_svm = [
        "train_rows",
        "c",
        "gamma",
        "support_vectors",
        "accuracy",
        "fit_seconds",
        "predict_seconds",
        "warnings",
    ];
    assert_eq!(keys(&metrics["svm"]), set(&of_svm));
    assert_eq!((&metrics["backend"], &metrics["train_images"]), (&Value::from("cpu"), &Value::from(512)));
    let counts = ["epochs", "batch", "steps"].map(|key| metrics[key].as_u64().unwrap());
    assert_eq!(counts, [2, 128, 8]);
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

#[test]
fn flags_of_the_training_begin_from_the_plain_recipe_unless_one_is_named() {
    let out = tempdir().unwrap();
    let common = ["--smoke", "--synthetic", "--backend", "cpu", "--svm", "0", "--quiet", "--out"];
    let common = [&common[..], &[out.path().to_str().unwrap()]].concat();
    let cases: [(&[&str], &[&str], &str); 4] = [
        (&["--lr", "0.001"], &["relu_5"], "adam 0.001, batch 256"),
        (&["--optimizer", "sgd", "--batch", "32"], &["relu_5"], "sgd 0.5, batch 32"),
        (
            &["--recipe", "wgrad", "--lr", "0.001"],
            &["relu_2", "837424"],
            "adamw 0.001 with a schedule, batch 128",
        ),
        (&["--recipe", "report2"], &["relu_9"], "momentum 0.05, batch 32"),
    ];
    for (flags, words, plan) in cases {
        let printed = printed("autoencoder_gpu", &[&common[..], flags].concat());
        assert!(printed.contains(plan), "{flags:?}: no {plan:?} in\n{printed}");
        assert!(words.iter().all(|word| printed.contains(word)), "{flags:?}: {printed}");
        assert!(!printed.contains("epoch 1/"), "{flags:?} is not quiet");
    }
}
