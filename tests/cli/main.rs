//! The examples from the outside: their flags, what they write, and how they fail.

mod adapters;
mod faults;
#[path = "../idx_files/mod.rs"]
mod idx_files;
mod job;
mod jobs;
mod leave;
mod others;
mod outputs;
mod sets;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

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
        // Build scripts that look at what cargo says of a package would run again for what it says of this one.
        let told = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start));
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        for name in names.filter(|name| told(name)) {
            build.env_remove(name);
        }
        assert!(build.status().unwrap().success(), "the examples do not build");
        output.join("examples")
    });
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn command(name: &str, flags: &[&str]) -> Command {
    let mut command = Command::new(example(name));
    // As in a container: without images, and without a session.
    command.args(flags).env_remove("WGRAD_DATA").env_remove("XDG_RUNTIME_DIR");
    command
}

fn run(name: &str, flags: &[&str]) -> Output {
    command(name, flags).output().unwrap()
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

#[test]
fn the_main_jobs_help_shows_every_flag_with_its_default() {
    let help = printed("autoencoder_gpu", &["--help"]);
    let flags = [
        ("--backend <auto|gpu|cpu|verify>", "[default: auto]"),
        ("--adapter <N|NAME>", "[default: WGRAD_ADAPTER, or the first]"),
        ("--adapters", ""),
        ("--dataset <NAME>", "[default: mnist"),
        ("--data <DIR>", "[default: WGRAD_DATA"),
        ("--synthetic", ""),
        ("--recipe <NAME>", "[default: wgrad, or plain with --encoder, --optimizer or --lr]"),
        ("--encoder <N,N,…>", "[default: the recipe's]"),
        ("--train <N>", "[default: the recipe's]"),
        ("--epochs <N>", "[default: the recipe's]"),
        ("--batch <N>", "[default: the recipe's]"),
        ("--optimizer <OPTIMIZER>", "[default: the recipe's]"),
        (
            "--lr <X>",
            "[default: the recipe's, or that of the optimizer: sgd 0.5, momentum 0.1, others 0.001]",
        ),
        ("--seed <N>", "[default: 0]"),
        ("--svm <N>", "[default: the recipe's]"),
        ("--svm-c <X>", "[default: the recipe's]"),
        ("--svm-gamma <X>", "[default: 1 / (features × variance)]"),
        ("--svm-cache <MB>", "[default: 200]"),
        ("--svm-iterations <N>", "[default: 10 million, or 100 per row]"),
        ("--out <DIR>", "[default: out/autoencoder]"),
        ("--smoke", ""),
        ("--quiet", ""),
        ("--profile", ""),
        ("wgrad", "784-512-32"),
        ("plain", "784-128-64-32"),
        ("report1", "784-128-64-32"),
        ("report2", "784-512-256-128-64-32"),
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
    // Those that read files of other programs are built with features that are not there by default.
    let names = names.into_iter().filter(|name| !jobs::OF_FEATURES.contains(&name.as_str()));
    for name in names {
        let help = printed(&name, &["--help"]);
        assert!(help.contains("--smoke") && help.contains("Usage:"), "{name}: {help}");
    }
}
