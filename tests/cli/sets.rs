//! Sets that are not MNIST, end to end: labels from 1 to 26, images of 12 × 10.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::faults::fault;
use crate::{idx_files, printed, run, text};

const HEIGHT: u32 = 12;
const WIDTH: u32 = 10;

/// A folder that holds two of EMNIST's sets, and the place of its letters. Each class has four bright pixels of its own.
fn letters(height: u32, width: u32) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    for set in ["emnist-letters", "emnist-digits"] {
        for (split, count) in [("train", 260), ("test", 104)] {
            let classes: Vec<u8> = (0..count).map(|image| (image % 26) as u8).collect();
            let pixel = |class: u8, place: u32| if place / 4 == u32::from(class) { 250 } else { 5 };
            let pixels =
                classes.iter().flat_map(|class| (0..height * width).map(|place| pixel(*class, place)));
            // EMNIST's files hold columns first.
            let images = [idx_files::header(&[count, width, height]), pixels.collect()].concat();
            let labels = classes.iter().map(|class| class + 1).collect();
            let labels = [idx_files::header(&[count]), labels].concat();
            for (kind, content) in [("images-idx3", images), ("labels-idx1", labels)] {
                let name = format!("{set}-{split}-{kind}-ubyte.gz");
                std::fs::write(folder.path().join(name), idx_files::gzip(&content)).unwrap();
            }
        }
    }
    let place = folder.path().join("emnist-letters");
    (folder, place)
}

#[test]
fn the_classifier_has_an_output_for_each_class() {
    let ((_folder, place), out) = (letters(HEIGHT, WIDTH), tempdir().unwrap());
    let [data, target] = [place.as_path(), out.path()].map(|path| path.to_str().unwrap());
    let flags = ["--backend", "cpu", "--data", data, "--out", target, "--quiet", "--epochs", "12"];
    let printed = printed("classifier", &[&flags[..], &["--batch", "13", "--lr", "0.005"]].concat());
    for wanted in ["emnist-letters (asked for, turned upright)", "12 × 10 pixels, 26 classes from 1 to 26"] {
        assert!(printed.contains(wanted), "{wanted:?} is not in\n{printed}");
    }
    let report = printed.split("precision").nth(1).unwrap();
    let classes: Vec<&str> = report.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let expected: Vec<String> = (1..=26).map(|class| class.to_string()).collect();
    assert_eq!(classes[1..27], expected, "{report}");
    let accuracy = report.lines().find(|line| line.contains("accuracy")).unwrap();
    assert!(accuracy.contains("1.0000"), "{printed}");
}

#[test]
fn the_main_job_and_the_reports_take_them_too() {
    let ((_folder, place), out) = (letters(HEIGHT, WIDTH), tempdir().unwrap());
    let [data, target] = [place.as_path(), out.path()].map(|path| path.to_str().unwrap());
    let common = ["--backend", "cpu", "--data", data, "--out", target, "--quiet"];
    let said = printed("autoencoder_gpu", &[&common[..], &["--epochs", "30", "--batch", "20"]].concat());
    assert!(said.contains("30 epochs of 260 images"), "{said}");
    let metrics = || -> Value {
        serde_json::from_slice(&std::fs::read(out.path().join("metrics.json")).unwrap()).unwrap()
    };
    assert!(metrics()["svm"]["accuracy"].as_f64().unwrap() > 0.95, "{said}");
    let confusion = std::fs::read_to_string(out.path().join("confusion.svg")).unwrap();
    assert!(confusion.contains("\n26\n") && !confusion.contains("\n27\n"), "{confusion}");
    printed("reports", &[&common[..], &["--smoke", "--only", "autoencoders,latents"]].concat());
    let page = std::fs::read_to_string(out.path().join("index.html")).unwrap();
    for wanted in ["from class 3 to class 8, from class 1 to class 7.", "10 of 26 classes", "120-128-64-32"] {
        assert!(page.contains(wanted), "{wanted:?} is not on the page");
    }
}

/// A folder with CIFAR-10's files, in which each class has a colour of its own.
fn photos() -> TempDir {
    let folder = tempdir().unwrap();
    for (batch, name) in
        (1..=5).map(|batch| (batch, format!("data_batch_{batch}.bin"))).chain([(6, "test_batch.bin".into())])
    {
        let record = |label: u8| {
            let planes = (0..3).flat_map(move |color| {
                let shade = if label >> color & 1 == 1 { 200 } else { 40 };
                (0..1024).map(move |place| {
                    shade + (place % 7) as u8 + batch + if label > 7 && place > 500 { 40 } else { 0 }
                })
            });
            [label].into_iter().chain(planes).collect::<Vec<u8>>()
        };
        std::fs::write(
            folder.path().join(name),
            (0..20).flat_map(|image| record(image % 10)).collect::<Vec<u8>>(),
        )
        .unwrap();
    }
    folder
}

#[test]
fn a_set_by_name_has_classes_with_names() {
    let ((folder, _), out) = (letters(28, 28), tempdir().unwrap());
    let [data, target] = [folder.path(), out.path()].map(|path| path.to_str().unwrap());
    let flags =
        ["--backend", "cpu", "--dataset", "emnist-letters", "--data", data, "--out", target, "--quiet"];
    let said = printed("classifier", &[&flags[..], &["--epochs", "2", "--batch", "20"]].concat());
    for wanted in ["dataset: EMNIST letters in ", "turned upright", "28 × 28 pixels, 26 classes from a to z"]
    {
        assert!(said.contains(wanted), "{wanted:?} is not in\n{said}");
    }
    let report = said.split("precision").nth(1).unwrap();
    let classes: Vec<&str> = report.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let expected: Vec<String> = ('a'..='z').map(String::from).collect();
    assert_eq!(classes[1..27], expected, "{report}");
    printed("autoencoder_gpu", &[&flags[..], &["--smoke"]].concat());
    let confusion = std::fs::read_to_string(out.path().join("confusion.svg")).unwrap();
    assert!(confusion.contains("\nz\n") && !confusion.contains("\n26\n"), "{confusion}");
}

#[test]
fn colour_images_are_classified_and_encoded() {
    let (folder, out) = (photos(), tempdir().unwrap());
    let [data, target] = [folder.path(), out.path()].map(|path| path.to_str().unwrap());
    let flags =
        ["--backend", "cpu", "--dataset", "cifar10", "--data", data, "--out", target, "--quiet", "--smoke"];
    for net in [&["--net", "conv", "--filters", "4,4"][..], &["--net", "mlp"]] {
        let said = printed("classifier", &[&flags[..], net].concat());
        for wanted in
            ["32 × 32 × 3 pixels, 10 classes from airplane to truck", "CIFAR-10 in ", "  automobile  "]
        {
            assert!(said.contains(wanted), "{wanted:?} is not in\n{said}");
        }
    }
    let said = printed("autoencoder_gpu", &[&flags[..], &["--encoder", "16"]].concat());
    assert!(said.contains("3072"), "{said}");
    assert!(std::fs::read(out.path().join("reconstructions.png")).unwrap().starts_with(b"\x89PNG"));
    let line = fault("reports", &flags);
    assert!(line.contains("grey images") && line.contains("3 channels"), "{line}");
}

#[test]
fn sets_that_are_not_known_or_not_there_are_told() {
    let output = run("classifier", &["--dataset", "imagenet"]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(
        errors.contains("mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, cifar10"),
        "{errors}"
    );
    let folder = tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let line = fault(
        "autoencoder_gpu",
        &["--backend", "cpu", "--dataset", "cifar10", "--data", place, "--out", place],
    );
    assert!(line.contains("data_batch_1.bin") && line.contains(place) && line.contains("tar.gz"), "{line}");
    let line =
        fault("classifier", &["--backend", "cpu", "--dataset", "kmnist", "--synthetic", "--out", place]);
    assert!(line.contains("KMNIST"), "{line}");
}
