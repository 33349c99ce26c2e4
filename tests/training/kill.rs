//! A training whose process is killed again and again, at any moment, comes to the weights of one that was let be.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::Cpu;
use wgrad::layers::{Dense, Dropout, Sigmoid};
use wgrad::random::Stream;
use wgrad::{Dataset, Fit, Loss, Model, Optimizer, Samples, Sequential, TensorFile};

const KILLS: usize = 50;

/// Enough that a training outlives its killers, at one checkpoint an epoch.
const EPOCHS: usize = 400;

/// Tells the child where to keep its checkpoint and its result.
const FOLDER: &str = "WGRAD_KILL_TEST_FOLDER";

/// Trains in `folder`, going on from the checkpoint there if there is one.
fn train(folder: &Path) {
    let mut stream = Stream::numbered(3, 3);
    let values = Array2::from_shape_fn((64, 128), |_| stream.unit() as f32);
    let data = Dataset::autoencoder(Samples::reals(values.view()).unwrap());
    let net =
        Sequential::new([128]).add(Dense::new(128)).add(Dropout::new(0.1)).add(Dense::new(128)).add(Sigmoid);
    let backend = Cpu::<f32>::with_threads(1).unwrap();
    let mut model = net.compile(backend, Loss::MeanSquaredError, Optimizer::adam(0.001), 5).unwrap();
    let checkpoint = folder.join("checkpoint.safetensors");
    let fit = Fit::new().epochs(EPOCHS).batch(16).checkpoint(&checkpoint, 1);
    let fit = if checkpoint.exists() { fit.resume(&checkpoint) } else { fit };
    model.fit(&data, fit).unwrap();
    model.save(folder.join("result.safetensors")).unwrap();
}

/// No test of its own: what the children run.
#[test]
fn child() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        train(Path::new(&folder));
    }
}

fn spawn(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "kill::child"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
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
    let (whole, killed) = (tempdir().unwrap(), tempdir().unwrap());
    let start = Instant::now();
    assert!(spawn(whole.path()).wait().unwrap().success());
    let seconds = start.elapsed().as_secs_f64();
    let checkpoint = killed.path().join("checkpoint.safetensors");
    let mut moments = Stream::numbered(u64::from(std::process::id()), 1);
    let (mut kills, mut parts, mut before) = (0, 0, 0);
    while kills < KILLS {
        let mut child = spawn(killed.path());
        // On average a little more than the fair share of the whole, so that most children write some checkpoints.
        std::thread::sleep(Duration::from_secs_f64(moments.uniform(0.0, 2.4 * seconds / KILLS as f64)));
        let over = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        let after = epochs(&checkpoint);
        assert!(after >= before, "{after} epochs where there were {before}");
        before = after;
        kills += usize::from(!over);
        parts += usize::from(over);
        assert!(parts < KILLS, "the children end before they can be killed");
        if over {
            // It came to its end, so the rest begin again.
            same(whole.path(), killed.path());
            std::fs::remove_file(&checkpoint).unwrap();
            before = 0;
        }
    }
    println!("{kills} kills, {} epochs reached, {parts} trainings ended on the way", before);
    assert!(spawn(killed.path()).wait().unwrap().success());
    same(whole.path(), killed.path());
}

fn same(whole: &Path, killed: &Path) {
    let result = |folder: &Path| TensorFile::read(folder.join("result.safetensors")).unwrap();
    assert!(result(whole) == result(killed), "the weights differ");
}
