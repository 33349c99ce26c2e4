//! Every file is used by a kernel.

use std::collections::BTreeSet;
use std::path::Path;

use crate::{Case, cases};

fn files_below(folder: &Path, prefix: &str, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            files_below(&entry.path(), &format!("{name}/"), names);
        } else {
            names.insert(name);
        }
    }
}

fn unused(files: &BTreeSet<String>, cases: &[Case]) -> Vec<String> {
    let used: BTreeSet<_> = cases.iter().flat_map(|case| case.kernel.files()).map(|file| file.name).collect();
    files.iter().filter(|file| !used.contains(file.as_str())).cloned().collect()
}

fn shader_files() -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders"), "", &mut files);
    files
}

#[test]
fn every_shader_file_is_used_by_a_case() {
    let files = shader_files();
    assert!(files.contains("batch.wgsl") && files.contains("dense/plain.wgsl"), "{files:?}");
    assert_eq!(unused(&files, &cases()), Vec::<String>::new());
}

#[test]
fn an_unused_file_is_found() {
    let mut files = shader_files();
    files.insert("planted.wgsl".to_string());
    assert_eq!(unused(&files, &cases()), ["planted.wgsl"]);
    let fewer: Vec<_> =
        cases().into_iter().filter(|case| !case.kernel.label().ends_with("add_to/elements")).collect();
    assert_eq!(
        unused(&shader_files(), &fewer),
        ["add_to/elements.wgsl", "add_to/four.wgsl", "add_to/one.wgsl"]
    );
}
