//! Other tools read our files and we read theirs: Python computes the same latents.
//!
//! `WGRAD_PYTHON` names an interpreter with numpy and safetensors, and with onnxruntime for the feature `onnx`; a
//! package that it lacks is then a failure. Without it, `python3` is tried. PyTorch and Keras are compared as well where
//! it has them.

#[cfg(feature = "onnx")]
#[path = "interop/onnx.rs"]
mod onnx;

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::Cpu;
use wgrad::layers::{
    BatchNorm, Conv2d, ConvTranspose2d, Dense, Dropout, Flatten, GroupNorm, Padding, Relu, Sigmoid, Tanh,
};
use wgrad::random::Stream;
use wgrad::{Graph, Model, Optimizer, Samples, Sequential, TensorFile, losses};

/// The status by which the script says that a package is missing.
const MISSING: i32 = 77;

fn compile(net: impl Into<Graph>) -> Model {
    let cpu = Cpu::<f32>::with_threads(1).unwrap();
    net.into().compile(cpu, losses::MeanSquaredError, Optimizer::adam(0.01), 4).unwrap()
}

fn autoencoder() -> Model {
    let net = Sequential::new([20]).add(Dense::new(12)).add(Relu).add(Dense::new(5));
    compile(net.add_named("latent", Tanh).add(Dropout::new(0.5)).add(Dense::new(20)).add(Sigmoid))
}

/// A layer of each kind that has weights, over images.
fn image_net() -> Model {
    let net = Sequential::new([6, 5, 3]).add(Conv2d::new(4, 3).padding(Padding::Same)).add(BatchNorm::new());
    let net = net.add(Relu).add(Conv2d::new(8, 3).groups(4)).add(GroupNorm::new(2));
    let net = net.add(ConvTranspose2d::new(5, 3).stride(2)).add(Tanh).add(Flatten).add(Dense::new(6));
    compile(net)
}

/// The files of the net over images, with what it predicts.
fn write_images(folder: &Path) -> Model {
    std::fs::create_dir(folder).unwrap();
    let mut model = image_net();
    disturb(&mut model);
    model.save(folder.join("model.safetensors")).unwrap();
    let values = samples(7, 90);
    let inputs = Samples::shaped(values.iter().copied().collect::<Vec<_>>(), [6, 5, 3]).unwrap();
    let file = TensorFile::new().with_reals("samples", values.view());
    let file = file.with_reals("outputs", model.predict(&inputs).unwrap().view());
    file.write(folder.join("data.safetensors")).unwrap();
    model
}

/// Biases too are other than 0.
fn disturb(model: &mut Model) {
    let mut stream = Stream::numbered(8, 8);
    for name in model.parameter_names().map(str::to_string).collect::<Vec<_>>() {
        let values = model.parameter(&name).unwrap().mapv(|x| x + stream.normal() as f32 * 0.1);
        model.set_parameter(&name, values.view()).unwrap();
    }
}

fn samples(rows: usize, cols: usize) -> Array2<f32> {
    let mut stream = Stream::numbered(7, 7);
    Array2::from_shape_fn((rows, cols), |_| stream.uniform(-2.0, 2.0) as f32)
}

/// Whether the script ran; it prints what it has compared.
fn run_script(folder: &Path) -> bool {
    let named = std::env::var_os("WGRAD_PYTHON");
    let mut command = Command::new(named.clone().unwrap_or_else(|| "python3".into()));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/check.py");
    let why = match command.arg(script).arg(folder).output() {
        Ok(output) if output.status.success() => {
            print!("{}", String::from_utf8_lossy(&output.stdout));
            return true;
        }
        Ok(output) if output.status.code() != Some(MISSING) => {
            panic!("{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(named.is_none(), "WGRAD_PYTHON: {why}");
    // Unlike that of eprintln, this line shows although the test passes.
    let line =
        format!("the comparison with Python is skipped: {why}; pip install numpy safetensors onnxruntime\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    false
}

#[test]
fn python_computes_the_same_latents_and_its_files_are_read() {
    let folder = tempdir().unwrap();
    let mut model = autoencoder();
    disturb(&mut model);
    model.save(folder.path().join("model.safetensors")).unwrap();
    let values = samples(100, 20);
    let inputs = Samples::reals(values.view()).unwrap();
    let half = folder.path().join("half");
    std::fs::create_dir(&half).unwrap();
    let half = half.join("model.safetensors");
    model.save_half(&half).unwrap();
    let mut rounded = autoencoder();
    rounded.load_weights(&half).unwrap();
    let file = TensorFile::new()
        .with_reals("half_outputs", rounded.predict(&inputs).unwrap().view())
        .with_reals("samples", values.view())
        .with_reals("latents", model.encode("latent", &inputs).unwrap().view())
        .with_reals("outputs", model.predict(&inputs).unwrap().view());
    #[cfg(feature = "onnx")]
    onnx::write(folder.path(), &mut model);
    file.write(folder.path().join("data.safetensors")).unwrap();
    let images = folder.path().join("images");
    let mut of_images = write_images(&images);
    if !run_script(folder.path()) {
        return;
    }
    assert_read(image_net, &mut of_images, &images);
    assert_read(autoencoder, &mut model, folder.path());
    let mut theirs = autoencoder();
    theirs.load_weights(folder.path().join("f32.safetensors")).unwrap();
    assert_eq!(theirs.snapshot().unwrap(), model.snapshot().unwrap());
    theirs.load_weights(folder.path().join("f16.safetensors")).unwrap();
    assert_eq!(theirs.snapshot().unwrap(), rounded.snapshot().unwrap());
}

/// Holds the files that PyTorch and Keras wrote, where Python has them, to the model whose weights they had.
fn assert_read(net: impl Fn() -> Model, model: &mut Model, folder: &Path) {
    for name in ["torch.safetensors", "keras.safetensors"].map(|name| folder.join(name)) {
        if name.exists() {
            let mut theirs = net();
            theirs.load_weights(&name).unwrap();
            assert_eq!(theirs.snapshot().unwrap(), model.snapshot().unwrap(), "{}", name.display());
        }
    }
}
