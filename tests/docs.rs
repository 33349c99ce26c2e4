//! Programs in the documentation are those of a user, who has wgrad and perhaps other versions of what it is built from.

use std::fs;
use std::path::{Path, PathBuf};

/// Crates whose types wgrad takes or gives.
const RE_EXPORTED: [&str; 4] = ["ndarray", "num_traits", "serde_json", "wgpu"];

/// All files below a folder that end so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path, ending)),
            false if path.extension().is_some_and(|extension| extension == ending) => found.push(path),
            false => {}
        }
    }
    found
}

/// Whether a line of a program names one of these crates by itself.
fn names_one(line: &str) -> bool {
    RE_EXPORTED.iter().any(|name| {
        line.match_indices(&format!("{name}::")).any(|(start, _)| {
            let before = &line[..start];
            !before.ends_with("wgrad::")
                && !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
        })
    })
}

/// The lines of Rust programs between fences of Markdown.
fn programs<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let (mut inside, mut is_rust, mut found) = (false, false, Vec::new());
    for line in lines {
        match line.trim().strip_prefix("```") {
            Some(kind) => {
                is_rust =
                    !inside && (kind.is_empty() || kind.starts_with("rust") || kind.starts_with("no_run"));
                inside = !inside;
            }
            None if is_rust => found.push(line),
            None => {}
        }
    }
    found
}

#[test]
fn programs_take_foreign_types_from_wgrad() {
    assert!(names_one("use ndarray::array;") && !names_one("use wgrad::ndarray::array;"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let first = programs(readme.lines());
    assert!(first.iter().any(|line| line.contains("fn main")), "README begins with no program: {first:?}");
    let wrong: Vec<_> = first.into_iter().filter(|line| names_one(line)).collect();
    assert!(wrong.is_empty(), "README.md: {wrong:?}");
    let mut shown = 0;
    for path in files(&root.join("src"), "rs") {
        let text = fs::read_to_string(&path).unwrap();
        let docs = text.lines().filter_map(|line| {
            let line = line.trim();
            line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
        });
        for line in programs(docs) {
            shown += 1;
            assert!(!names_one(line), "{}: {line}", path.display());
        }
    }
    assert!(shown > 50, "only {shown} lines of programs were found");
    for path in files(&root.join("examples"), "rs") {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|line| !line.trim().starts_with("//")) {
            assert!(!names_one(line), "{}: {line}", path.display());
        }
    }
}
