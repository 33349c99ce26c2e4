//! What is public, as text: `public.txt` has it all, so that no change of it goes unnoticed.
//!
//! `WGRAD_API=write cargo test --test api` writes the file anew.

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
    let found = list::public(&tree::Tree::read(&root.join("src/lib.rs")));
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
