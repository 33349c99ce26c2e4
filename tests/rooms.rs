//! The rooms of `src/` stand on floors: each imports from those below it, and from none above.

use std::path::{Path, PathBuf};

/// From the ground up. `lib.rs` is the roof: it names what is public, and nobody imports from there.
const ROOMS: [&str; 13] = [
    "random", "clock", "error", "file", "program", "ops", "backend", "nn", "train", "check", "data",
    "report", "svm",
];

fn floor(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code without comments and without what only tests are compiled with.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_test = |pair: &[&str]| {
        pair[0].trim() == "#[cfg(test)]" && pair[1].contains("mod ") && pair[1].ends_with('{')
    };
    let end = lines.windows(2).position(is_test).unwrap_or(lines.len());
    let code = lines[..end].iter().filter(|line| !line.trim_start().starts_with("//"));
    code.map(|line| line.split(" // ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The name that a path goes on with, or `{`.
fn name(path: &str) -> &str {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
    if end == 0 { &path[..path.len().min(1)] } else { &path[..end] }
}

/// What code in a module so many names deep takes from the crate's root, by `crate::` or by as many `super::` as lead there.
fn from_root(code: &str, depth: usize) -> Vec<&str> {
    let mut found: Vec<&str> = code.split("crate::").skip(1).map(name).collect();
    let up = "super::".repeat(depth);
    found.extend(code.split(&up).skip(1).map(name).filter(|name| *name != "super"));
    found
}

/// The faults of a file, and how many paths were looked at.
fn check(file: &str, text: &str) -> (Vec<String>, usize) {
    let places: Vec<&str> = file.trim_end_matches(".rs").trim_end_matches("/mod").split('/').collect();
    let Some(own) = floor(places[0]) else { return (vec![format!("{file} stands in no room")], 0) };
    let code = code(text);
    let paths = from_root(&code, places.len());
    let fault = |path: &&str| match floor(path) {
        Some(other) if other <= own => None,
        Some(_) => Some(format!("{file} imports from {path}, which stands above {}", places[0])),
        None => Some(format!("{file} imports {path} through the crate's root; name its room")),
    };
    (paths.iter().filter_map(fault).collect(), paths.len())
}

#[test]
fn nothing_points_up() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut faults, mut paths) = (Vec::new(), 0);
    for path in files(&source) {
        let file = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        if file != "lib.rs" {
            let (some, count) = check(&file, &std::fs::read_to_string(&path).unwrap());
            faults.extend(some);
            paths += count;
        }
    }
    assert!(paths > 500, "only {paths} paths were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_points_up_is_found() {
    let faults = |file, text| check(file, text).0;
    assert_eq!(faults("ops/sum.rs", "use crate::program::Op;\n// crate::nn\nuse super::alike;"), [""; 0]);
    assert_eq!(faults("ops/sum.rs", "#[error(\"{}\", crate::nn::text())]").len(), 1);
    assert_eq!(faults("ops/sum.rs", "use super::super::train::Fit;").len(), 1);
    assert_eq!(faults("ops/mod.rs", "use super::train::Fit;\nuse crate::{Model, Fit};").len(), 2);
    assert_eq!(faults("ops/sum.rs", "use crate::Result;").len(), 1);
    assert_eq!(faults("ops/sum.rs", "#[cfg(test)]\nmod tests {\n    use crate::train::Fit;\n}"), [""; 0]);
    assert_eq!(faults("fit.rs", "").len(), 1);
}
