//! Ctrl-C, and going on.

use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir};

use crate::faults::fault;
use crate::{idx_files, printed};

/// A folder with 12 + 7 images to learn from, and one for results.
fn place() -> [TempDir; 2] {
    let folders = [tempdir().unwrap(), tempdir().unwrap()];
    idx_files::write_small_set(folders[0].path());
    folders
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The flags of a small training.
fn flags<'a>([data, out]: &'a [TempDir; 2], epochs: &'a str) -> Vec<&'a str> {
    let common = ["--backend", "cpu", "--encoder", "8,3", "--batch", "5", "--svm", "0", "--epochs", epochs];
    [&common[..], &["--data", text(data.path()), "--out", text(out.path())]].concat()
}

#[test]
fn files_that_hold_no_such_training_are_not_gone_on_with() {
    let place = place();
    let out = place[1].path();
    let resumed = |seed: &str, file: &Path| {
        let more = ["--seed", seed, "--resume", text(file)];
        fault("autoencoder_gpu", &[&flags(&place, "2")[..], &more].concat())
    };
    let said = printed("autoencoder_gpu", &[&flags(&place, "2")[..], &["--checkpoint", "1"]].concat());
    let checkpoint = out.join("checkpoint.safetensors");
    assert!(said.contains(&format!("--resume {}", text(&checkpoint))), "{said}");
    let foreign = out.join("foreign");
    std::fs::write(&foreign, "a letter, not a training").unwrap();
    let cases: [(PathBuf, &str, &str); 4] = [
        (out.join("nowhere"), "0", "cannot be read"),
        (foreign, "0", "a header of"),
        (out.join("model.safetensors"), "0", "holds a model and no training"),
        (checkpoint, "1", "seed is 0 in the file, and 1 here"),
    ];
    for (file, seed, says) in cases {
        let line = resumed(seed, &file);
        assert!(line.contains(says) && line.contains(text(&file)), "{line}");
    }
}

#[cfg(unix)]
mod interrupted {
    use std::io::{BufRead as _, BufReader, Read};
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::command;

    /// A program that does not outlive its test.
    struct Running(Child);

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.0.kill();
        }
    }

    impl Running {
        /// Does what Ctrl-C does.
        fn interrupt(&self) {
            let sent = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap();
            assert!(sent.success());
        }

        /// The status that it ends with, within two minutes.
        fn status(&mut self) -> Option<i32> {
            let end = Instant::now() + Duration::from_secs(120);
            while Instant::now() < end {
                if let Some(status) = self.0.try_wait().unwrap() {
                    return status.code();
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            panic!("it goes on");
        }
    }

    /// Its lines as they come; all are taken, whoever listens.
    fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        receiver
    }

    fn start(flags: &[&str]) -> (Running, Receiver<String>, Receiver<String>) {
        let mut command = command("autoencoder_gpu", flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (printed, errors) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        (Running(child), lines(printed), lines(errors))
    }

    /// Leaves a training once it has begun; the first epoch that it did, and what it said on leaving.
    fn left(flags: &[&str]) -> (u64, String) {
        let (mut child, printed, errors) = start(flags);
        let epoch = printed.iter().find_map(|line| {
            let number = line.strip_prefix("epoch ")?.split('/').next()?;
            Some(number.trim().parse().unwrap())
        });
        child.interrupt();
        let status = child.status();
        let said = errors.iter().collect::<Vec<_>>().join("\n");
        assert_eq!(status, Some(130), "{said}");
        (epoch.expect("an epoch"), said)
    }

    #[test]
    fn ctrl_c_saves_and_says_how_to_go_on_and_the_training_goes_on_where_it_was_left() {
        let place = place();
        let flags = flags(&place, "100000000");
        let (first, said) = left(&flags);
        assert_eq!(first, 1);
        let checkpoint = place[1].path().join("checkpoint.safetensors");
        let flag = ["--resume", text(&checkpoint)];
        assert!(said.contains(&format!("to go on, add {} to the same flags", flag.join(" "))), "{said}");
        let at = said.split_once("left in epoch ").and_then(|(_, rest)| rest.split(' ').next());
        let (next, _) = left(&[&flags[..], &flag].concat());
        assert_eq!(Some(next.to_string().as_str()), at, "it goes on with the epoch that was left");
    }

    #[test]
    fn ctrl_c_after_the_training_ends_the_support_vector_machine() {
        let out = tempdir().unwrap();
        let net =
            ["--backend", "cpu", "--synthetic", "--encoder", "8,3", "--train", "20000", "--epochs", "1"];
        // Three latents hardly tell digits apart, so this takes long.
        let svm = ["--svm", "20000", "--svm-c", "1000", "--quiet", "--out", text(out.path())];
        let (mut child, printed, errors) = start(&[&net[..], &svm].concat());
        assert!(printed.iter().any(|line| line.contains("reconstruction error")), "no training");
        // The latents are in a file just before they are being classified.
        let end = Instant::now() + Duration::from_secs(60);
        while !out.path().join("latents.safetensors").exists() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(300));
        child.interrupt();
        assert_eq!(child.status(), Some(130));
        let said: Vec<String> = errors.iter().collect();
        assert!(said[0].contains("leaving the support vector machine"), "{said:?}");
        assert!(said[1].contains("of 45 pairs of classes were done"), "{said:?}");
        let metrics = std::fs::read_to_string(out.path().join("metrics.json")).unwrap();
        assert!(metrics.contains("test_mse") && metrics.contains("pairs of classes were done"), "{metrics}");
    }

    #[test]
    fn a_second_ctrl_c_leaves_at_once() {
        let place = place();
        // So large that the batch under way and the checkpoint take a while.
        let large = ["--encoder", "3000,3000", "--quiet", "--checkpoint", "1000000"];
        let flags: Vec<&str> = flags(&place, "1000000")
            .into_iter()
            .filter(|flag| !["--encoder", "8,3"].contains(flag))
            .collect();
        let (mut child, printed, errors) = start(&[&flags[..], &large].concat());
        assert!(printed.iter().any(|line| line.contains("checkpoints: to go on")), "no training");
        child.interrupt();
        let said = errors.iter().next().expect("how to leave at once");
        assert!(said.contains("press Ctrl-C again to leave at once"), "{said}");
        child.interrupt();
        assert_eq!(child.status(), Some(130));
        assert_eq!(errors.iter().next(), None, "nothing is said of going on");
        assert!(!place[1].path().join("checkpoint.safetensors").exists());
    }
}
