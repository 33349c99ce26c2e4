//! A training whose process is killed again and again, at any moment, comes to the weights of one that was let be.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu};
use wgrad::layers::{Dense, Dropout, Sigmoid};
use wgrad::random::Stream;
use wgrad::{Dataset, Fit, Model, Samples, Sequential, TensorFile, losses};

use crate::support::{adam, gpu};

/// A training that is killed.
struct Victim {
    device: &'static str,
    kills: usize,
    /// Enough that the training outlives its killers, at one checkpoint an epoch.
    epochs: usize,
}

const VICTIMS: [Victim; 2] =
    [Victim { device: "cpu", kills: 50, epochs: 400 }, Victim { device: "gpu", kills: 10, epochs: 100 }];

/// Tells the child where to keep its checkpoint and its result.
const FOLDER: &str = "WGRAD_KILL_TEST_FOLDER";

/// And where to train.
const DEVICE: &str = "WGRAD_KILL_TEST_DEVICE";

/// Trains in `folder`, going on from the checkpoint there if there is one.
fn train(folder: &Path, victim: &Victim) {
    let mut stream = Stream::numbered(3, 3);
    let values = Array2::from_shape_fn((64, 128), |_| stream.unit() as f32);
    let data = Dataset::autoencoder(Samples::reals(values.view()).unwrap());
    let net =
        Sequential::new([128]).add(Dense::new(128)).add(Dropout::new(0.1)).add(Dense::new(128)).add(Sigmoid);
    let backend: Box<dyn Backend> = match victim.device {
        "gpu" => Box::new(gpu().unwrap()),
        _ => Box::new(Cpu::<f32>::with_threads(1).unwrap()),
    };
    let mut model = net.compile(backend, losses::MeanSquaredError, adam(0.001), 5).unwrap();
    let checkpoint = folder.join("checkpoint.safetensors");
    let fit = Fit::new().epochs(victim.epochs).batch(16).checkpoint(&checkpoint, 1);
    let fit = if checkpoint.exists() { fit.resume(&checkpoint) } else { fit };
    model.fit(&data, fit).unwrap();
    model.save(folder.join("result.safetensors")).unwrap();
}

/// No test of its own: what the children run.
#[test]
fn child() {
    if let (Some(folder), Ok(device)) = (std::env::var_os(FOLDER), std::env::var(DEVICE)) {
        let victim = VICTIMS.iter().find(|victim| victim.device == device).unwrap();
        train(Path::new(&folder), victim);
    }
}

/// The child, as the last words of a command that starts with these.
fn child_behind(words: &[&str], folder: &Path, victim: &Victim) -> Command {
    let this = std::env::current_exe().unwrap();
    let all: Vec<&str> =
        words.iter().copied().chain([this.to_str().unwrap(), "--exact", "kill::child"]).collect();
    let mut command = Command::new(all[0]);
    command.args(&all[1..]).env(FOLDER, folder).env(DEVICE, victim.device);
    command
}

fn spawn(folder: &Path, victim: &Victim) -> Child {
    child_behind(&[], folder, victim).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether the checkpoint, if there is one, is a whole one; and how many epochs it has.
fn epochs(checkpoint: &Path) -> usize {
    if !checkpoint.exists() {
        return 0;
    }
    let file = TensorFile::read(checkpoint).unwrap();
    Model::load(checkpoint, Cpu::<f32>::with_threads(1).unwrap()).unwrap();
    file.shape("wgrad/history").unwrap()[0]
}

#[test]
fn killed_at_random_moments_a_training_comes_to_the_same_weights() {
    killed(&VICTIMS[0]);
}

#[test]
fn on_a_gpu_too() {
    if gpu().is_some() {
        killed(&VICTIMS[1]);
    }
}

fn killed(victim: &Victim) {
    let Victim { kills: most, .. } = *victim;
    let (whole, killed) = (tempdir().unwrap(), tempdir().unwrap());
    let start = Instant::now();
    assert!(spawn(whole.path(), victim).wait().unwrap().success());
    let seconds = start.elapsed().as_secs_f64();
    let checkpoint = killed.path().join("checkpoint.safetensors");
    let mut moments = Stream::numbered(u64::from(std::process::id()), 1);
    let (mut kills, mut parts, mut before) = (0, 0, 0);
    while kills < most {
        let mut child = spawn(killed.path(), victim);
        // On average a little more than the fair share of the whole, so that most children write some checkpoints.
        std::thread::sleep(Duration::from_secs_f64(moments.uniform(0.0, 2.4 * seconds / most as f64)));
        let over = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        let after = epochs(&checkpoint);
        assert!(after >= before, "{after} epochs where there were {before}");
        before = after;
        kills += usize::from(!over);
        parts += usize::from(over);
        assert!(parts < most, "the children end before they can be killed");
        if over {
            // It came to its end, so the rest begin again.
            same(whole.path(), killed.path());
            std::fs::remove_file(&checkpoint).unwrap();
            before = 0;
        }
    }
    println!("{kills} kills, {} epochs reached, {parts} trainings ended on the way", before);
    assert!(spawn(killed.path(), victim).wait().unwrap().success());
    same(whole.path(), killed.path());
}

fn same(whole: &Path, killed: &Path) {
    let result = |folder: &Path| TensorFile::read(folder.join("result.safetensors")).unwrap();
    assert!(result(whole) == result(killed), "the weights differ");
}

/// A process that may write no more than some kilobytes to a file ends in the middle of a checkpoint.
#[cfg(target_os = "linux")]
#[test]
fn a_crash_in_the_middle_of_a_write_leaves_the_former_checkpoint() {
    let (folder, victim) = (tempdir().unwrap(), &VICTIMS[0]);
    let checkpoint = folder.path().join("checkpoint.safetensors");
    let mut child = spawn(folder.path(), victim);
    while !checkpoint.exists() {
        assert!(child.try_wait().unwrap().is_none(), "the child ended without a checkpoint");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = std::fs::read(&checkpoint).unwrap();
    assert!(before.len() > 100_000);
    let limited = |signal: &str| {
        let shell = format!("{signal} ulimit -f 64; exec \"$@\"");
        let output = child_behind(&["sh", "-c", &shell, "sh"], folder.path(), victim).output().unwrap();
        assert!(std::fs::read(&checkpoint).unwrap() == before, "the checkpoint has changed");
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(limited("").0, None, "a signal ends it");
    let (code, said) = limited("trap '' XFSZ;");
    assert!(code.is_some_and(|code| code != 0) && said.contains("File too large"), "{said}");
    assert!(said.contains("checkpoint.safetensors"), "{said}");
    assert!(epochs(&checkpoint) < victim.epochs);
}
