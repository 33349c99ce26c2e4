//! The eleven jobs: how long their programs are, and what those say that fail.

use std::path::Path;

use tempfile::tempdir;

use crate::{run, text};

/// The most lines of each, without blank lines and comments.
const MOST_LINES: [(&str, usize); 11] = [
    ("character_model", 50),
    ("convolutional_net", 40),
    ("csv_regression", 45),
    ("custom_layer", 110),
    ("http_server", 60),
    ("image_folder", 35),
    ("own_loop", 50),
    ("own_loss", 30),
    ("residual_net", 30),
    ("unbalanced_classes", 50),
    ("variational_autoencoder", 70),
];

/// Those that need features which are not there by default.
pub const OF_FEATURES: [&str; 2] = ["csv_regression", "image_folder"];

/// The others.
pub fn built() -> impl Iterator<Item = &'static str> {
    MOST_LINES.into_iter().map(|(name, _)| name).filter(|name| !OF_FEATURES.contains(name))
}

#[test]
fn jobs_are_short() {
    for (name, most) in MOST_LINES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{name}.rs"));
        let program = std::fs::read_to_string(path).unwrap();
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
        let lines = program.lines().filter(is_code).count();
        assert!(lines <= most, "{name} has {lines} lines, and may have {most}");
        assert!(program.starts_with("//! "), "{name} does not say what it is");
    }
}

#[test]
fn jobs_say_what_came_true() {
    let out = tempdir().unwrap();
    let flags = ["--smoke", "--backend", "cpu", "--out", out.path().to_str().unwrap()];
    for name in ["own_loss", "unbalanced_classes"] {
        let printed = crate::printed(name, &flags);
        assert!(
            printed.starts_with("device: cpu") && printed.contains("\nas it should be: "),
            "{name}: {printed}"
        );
    }
    let picture = std::fs::read_to_string(out.path().join("rates.svg")).unwrap();
    assert!(picture.starts_with("<svg"), "{picture}");
}

#[test]
fn a_folder_that_cannot_be_is_one_line() {
    let out = tempdir().unwrap();
    let file = out.path().join("file");
    std::fs::write(&file, "").unwrap();
    let flags = ["--smoke", "--backend", "cpu", "--out", file.to_str().unwrap()];
    let output = run("unbalanced_classes", &flags);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.starts_with("error: ") && errors.lines().count() == 1, "{errors}");
}
