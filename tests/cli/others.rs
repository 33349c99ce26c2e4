//! The other examples.

use serde_json::Value;
use tempfile::tempdir;

use crate::printed;

#[test]
fn the_gradient_check_prints_its_tables_and_passes() {
    let printed = printed("gradient_check", &["--smoke", "--backend", "cpu"]);
    for wanted in [
        "(L(w + h) - L(w - h)) / 2h",
        "dense_1.weight",
        "inputs",
        "gelu",
        "softmax_cross_entropy",
        "largest relative",
    ] {
        assert!(printed.contains(wanted), "{wanted:?} is not in\n{printed}");
    }
}

#[test]
fn the_classifier_writes_its_history_in_silence() {
    let out = tempdir().unwrap();
    let flags = ["--smoke", "--synthetic", "--backend", "cpu", "--quiet", "--profile", "--out"];
    let printed = printed("classifier", &[&flags[..], &[out.path().to_str().unwrap()]].concat());
    assert!(!printed.contains("epoch 1/2") && printed.contains("does not measure"), "{printed}");
    let history = std::fs::read_to_string(out.path().join("history.csv")).unwrap();
    assert_eq!(history.lines().count(), 3, "{history}");
}

#[test]
fn the_reports_page_holds_everything_itself() {
    let out = tempdir().unwrap();
    let flags = [
        "--smoke",
        "--synthetic",
        "--backend",
        "cpu",
        "--quiet",
        "--only",
        "xor,recipe,ablation,images",
        "--out",
    ];
    printed("reports", &[&flags[..], &[out.path().to_str().unwrap()]].concat());
    let page = std::fs::read_to_string(out.path().join("index.html")).unwrap();
    assert_eq!(
        page.matches("<figure>").count(),
        4 + 3 + 6,
        "two curves, two planes; curve, digits, weights; filters, two of maps, mistakes, saliency, occlusion"
    );
    assert!(!page.contains("src=\"http") && !page.contains("<link"), "it needs a network");
    for part in
        ["id=\"xor\"", "id=\"recipe\"", "id=\"ablation\"", "id=\"images\"", "<svg", "data:image/png;base64,"]
    {
        assert!(page.contains(part), "{part}");
    }
    let metrics: Value =
        serde_json::from_slice(&std::fs::read(out.path().join("metrics.json")).unwrap()).unwrap();
    assert!(metrics["recipe"]["svm"]["accuracy"].as_f64().unwrap() > 0.05, "{metrics}");
    for (table, rows) in [("ablation", 7), ("ablation_conv", 4)] {
        assert_eq!(metrics[table].as_array().unwrap().len(), rows, "{table}: {metrics}");
    }
    let [accuracy, mistakes, images] =
        ["accuracy", "mistakes", "test_images"].map(|figure| metrics["images"][figure].as_f64().unwrap());
    assert!(accuracy > 0.2 && (accuracy * images + mistakes - images).abs() < 1e-6, "{metrics}");
    let table = std::fs::read_to_string(out.path().join("confident_mistakes.csv")).unwrap();
    assert_eq!(table.lines().count(), 1 + 10, "{table}");
}

#[test]
fn xor_shows_both_reports_trainings() {
    let printed = printed("xor", &["--smoke", "--backend", "cpu"]);
    for wanted in ["SGD 0.1, 50,000 epochs", "SGD 0.9, 200 epochs", "after 200 epochs: loss 0.", "prediction"]
    {
        assert!(printed.contains(wanted), "{wanted:?} is not in\n{printed}");
    }
}
