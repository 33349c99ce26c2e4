//! Other tools read our files and we read theirs: Python computes the same latents.
//!
//! `WGRAD_PYTHON` names an interpreter with numpy and safetensors, and with onnxruntime for the feature `onnx`; a
//! package that it lacks is then a failure. Without it, `python3` is tried. PyTorch and Keras are compared as well where
//! it has them.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::Cpu;
use wgrad::layers::{Dense, Dropout, Relu, Sigmoid, Tanh};
use wgrad::random::Stream;
use wgrad::{Model, Optimizer, Samples, Sequential, TensorFile, losses};

/// The status by which the script says that a package is missing.
const MISSING: i32 = 77;

fn compile(net: Sequential) -> Model {
    let cpu = Cpu::<f32>::with_threads(1).unwrap();
    net.compile(cpu, losses::MeanSquaredError, Optimizer::adam(0.01), 4).unwrap()
}

fn autoencoder() -> Model {
    let net = Sequential::new([20]).add(Dense::new(12)).add(Relu).add(Dense::new(5));
    compile(net.add_named("latent", Tanh).add(Dropout::new(0.5)).add(Dense::new(20)).add(Sigmoid))
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

/// Adds a model with every kind of layer, and its outputs for samples of 3 × 4.
#[cfg(feature = "onnx")]
fn write_onnx(folder: &Path, model: &mut Model, file: TensorFile) -> TensorFile {
    use wgrad::layers::{Elu, Flatten, HardTanh, LeakyRelu, Softmax};
    use wgrad::ops::activation::Activation::{self, Gelu, GeluTanh, Mish};
    model.save_onnx(folder.join("model.onnx")).unwrap();
    model.save_encoder_onnx("latent", folder.join("encoder.onnx")).unwrap();
    let pixels = samples(10, 12).iter().map(|x| (x.abs() * 100.0) as u8).collect();
    let squares = Samples::images(pixels, [3, 4]).unwrap();
    let mut file = file;
    for newer in [false, true] {
        let operators = Activation::examples()
            .into_iter()
            .filter(|f| f.name() != "radial" && matches!(f, Gelu(_) | GeluTanh(_) | Mish(_)) == newer);
        // Of the pixels, some are outside.
        let clipped = Sequential::new([3, 4]).add(Flatten).add(HardTanh { min: 0.2, max: 0.5 });
        let net =
            operators.fold(clipped, |net, activation| net.add(Dense::new(9).without_bias()).add(activation));
        // With other settings than those which ONNX takes where none are said.
        let net = net.add(Dense::new(6)).add(LeakyRelu { negative_slope: 0.4 });
        let net = net.add(Dense::new(6)).add(Elu { alpha: 0.4 });
        let mut every = compile(net.add(Softmax));
        disturb(&mut every);
        let name = if newer { "newer" } else { "every_layer" };
        every.save_onnx(folder.join(name).with_extension("onnx")).unwrap();
        file = file.with_reals(name, every.predict(&squares).unwrap().view());
    }
    let squares = squares.to_array().into_shape_with_order((10, 3, 4)).unwrap();
    file.with_reals("squares", squares.view())
}

/// The operator set and the format's version of a model's file, with its operators.
#[cfg(feature = "onnx")]
fn versions(net: Sequential) -> (i64, i64, String) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    compile(net).save_onnx(&path).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let model = onnx_rs::parse(&bytes).unwrap();
    let operators = model.graph.unwrap().node.into_iter().map(|node| format!("{:?}", node.op_type));
    (model.opset_import[0].version, model.ir_version, operators.collect::<Vec<_>>().join(" "))
}

#[cfg(feature = "onnx")]
#[test]
fn an_onnx_file_asks_for_no_newer_operators_than_it_has() {
    use wgrad::layers::{
        Elu, Flatten, Gelu, GeluTanh, HardTanh, LeakyRelu, Mish, Selu, Silu, Softmax, Softplus, Softsign,
    };
    let dense = || Sequential::new([2, 3]).add(Flatten).add(Dense::new(4));
    let usual = dense().add(Relu).add(Dense::new(3).without_bias()).add(LeakyRelu::default()).add(Softmax);
    let usual = versions(usual.add(Dropout::new(0.1)).add(Tanh).add(Sigmoid));
    let operators = "Flatten Gemm Relu MatMul LeakyRelu Softmax Identity Tanh Sigmoid";
    assert_eq!(usual, (9, 4, operators.to_string()));
    let smooth = dense().add(Elu::default()).add(Selu).add(Softplus).add(Softsign).add(HardTanh::default());
    let operators = "Flatten Gemm Elu Selu Softplus Softsign Clip Sigmoid Mul";
    assert_eq!(versions(smooth.add(Silu)), (9, 4, operators.to_string()));
    for (net, operator) in
        [(dense().add(Gelu), "Gelu"), (dense().add(GeluTanh), "Gelu"), (dense().add(Mish), "Mish")]
    {
        let operators = format!("Flatten Gemm {operator} Gemm Clip");
        assert_eq!(versions(net.add(Dense::new(2)).add(HardTanh::default())), (20, 9, operators));
    }
}

#[cfg(not(feature = "onnx"))]
fn write_onnx(_: &Path, _: &mut Model, file: TensorFile) -> TensorFile {
    file
}

#[cfg(feature = "onnx")]
#[test]
fn what_an_onnx_file_cannot_say_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let input = Sequential::new([2]).add_named("input", Dense::new(2));
    let radial = Sequential::new([2]).add_named("last", wgrad::ops::activation::Radial);
    let rows = Sequential::new([2, 4]).add_named("rows", Dense::new(2).each_row());
    let softmax = Sequential::new([2, 4]).add_named("shares", wgrad::layers::Softmax);
    for (net, says) in [
        (input, "\"input\" cannot be a layer's name"),
        (radial, "\"last\" is a layer of kind radial"),
        (rows, "\"rows\" gives samples of shape [2, 2]"),
        (softmax, "\"shares\" gives samples of shape [2, 4]"),
    ] {
        let error = compile(net).save_onnx(&path).unwrap_err().to_string();
        assert!(error.starts_with(says) && !path.exists(), "{error}");
    }
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
    let file = write_onnx(folder.path(), &mut model, file);
    file.write(folder.path().join("data.safetensors")).unwrap();
    if !run_script(folder.path()) {
        return;
    }
    let mut theirs = autoencoder();
    theirs.load_weights(folder.path().join("f32.safetensors")).unwrap();
    assert_eq!(theirs.snapshot().unwrap(), model.snapshot().unwrap());
    theirs.load_weights(folder.path().join("f16.safetensors")).unwrap();
    assert_eq!(theirs.snapshot().unwrap(), rounded.snapshot().unwrap());
    for name in ["torch.safetensors", "keras.safetensors"].map(|name| folder.path().join(name)) {
        if name.exists() {
            let mut theirs = autoencoder();
            theirs.load_weights(&name).unwrap();
            assert_eq!(theirs.snapshot().unwrap(), model.snapshot().unwrap(), "{}", name.display());
        }
    }
}
