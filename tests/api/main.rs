//! What is public, as text: `public.txt` has it all, so that no change of it goes unnoticed.
//!
//! `WGRAD_API=write cargo test --test api` writes the file anew.

mod examples;
mod list;
mod text;
mod tree;

use std::collections::BTreeSet;
use std::path::Path;

/// The lines that are in one text and not in the other.
fn missing<'a>(from: &str, of: &'a str) -> Vec<&'a str> {
    let known: BTreeSet<&str> = from.lines().collect();
    of.lines().filter(|line| !known.contains(line)).collect()
}

#[test]
fn what_is_public_is_what_the_file_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("tests/api/public.txt");
    let found = list::public(&tree::Tree::read(&root.join("src/lib.rs"))).lines;
    if std::env::var("WGRAD_API").is_ok_and(|word| word == "write") {
        std::fs::write(&file, &found).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap().replace("\r\n", "\n");
    let mut difference = String::new();
    for line in missing(&found, &written) {
        difference += &format!("- {line}\n");
    }
    for line in missing(&written, &found) {
        difference += &format!("+ {line}\n");
    }
    assert!(
        found == written,
        "what is public has changed:\n{difference}If that is meant, say it in CHANGELOG.md and run\n    \
         WGRAD_API=write cargo test --test api"
    );
}

#[test]
fn every_type_has_an_example_that_runs() {
    let public = list::public(&tree::Tree::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")));
    let shown = |path: &str| public.items.get(path) == Some(&true) || public.methods.contains(path);
    let mut without: BTreeSet<&str> =
        public.items.iter().filter(|(_, has)| !**has).map(|(path, _)| path.as_str()).collect();
    for (result, by) in examples::RESULTS {
        assert!(
            without.remove(result),
            "{result} has an example of its own, or is no item; take it from the list"
        );
        assert!(shown(by), "{by} has no example, which is to show {result}");
    }
    assert!(without.is_empty(), "without an example that runs in their documentation: {without:#?}");
}
