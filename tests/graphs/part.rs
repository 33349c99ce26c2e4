//! Parts of models in other models, by files.

use std::path::PathBuf;

use ndarray::{Array1, Array2};
use tempfile::TempDir;
use wgrad::backend::Cpu;
use wgrad::layers::{Add, Dense, Residual, Tanh};
use wgrad::{Error, FileFault, Fit, Graph, Model, Optimizer, Samples, Sequential, TensorFile, losses};

use crate::{data, drawn, gpu, tempdir};

fn place() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    (folder, path)
}

fn block() -> Residual {
    Residual::new().add(Dense::new(24)).add(Tanh)
}

/// A trained net, of which `encoder` is a part.
fn trained() -> Model {
    let net = Sequential::new([24]).add_named("encoder", block()).add_named("head", Dense::new(3));
    let mut model =
        net.compile(Cpu::<f32>::new().unwrap(), losses::MeanSquaredError, Optimizer::adam(0.01), 1).unwrap();
    model.fit(&data(24), Fit::new().epochs(3).batch(16)).unwrap();
    model
}

/// Another net, with a head of another size beside a skip connection.
fn other(part: &str, backend: impl wgrad::backend::Backend + 'static) -> Model {
    let mut net = Graph::new();
    let x = net.input("x", [24]);
    let inner = net.add_named(part, block(), [x]);
    let sum = net.add(Add, [x, inner]);
    net.add_named("head", Dense::new(2), [sum]);
    net.compile(backend, losses::MeanSquaredError, Optimizer::adam(0.01), 2).unwrap()
}

fn cpu() -> Cpu<f32> {
    Cpu::with_threads(1).unwrap()
}

#[test]
fn an_encoder_goes_into_another_net() {
    let ((_folder, path), mut saved) = (place(), trained());
    saved.save(&path).unwrap();
    let inputs = Samples::reals(drawn(3, 5, 24).view()).unwrap();
    let wanted = saved.encode("encoder", &inputs).unwrap();
    let mut models = vec![(other("encoder", cpu()), "encoder"), (other("backbone", cpu()), "backbone")];
    models.extend(gpu().map(|device| (other("backbone", device), "backbone")));
    for (mut model, part) in models {
        let head = model.parameter("head.weight").unwrap();
        let loaded = model.load_part(&path, "encoder", part).unwrap();
        let names = ["weight", "bias"].map(|name| format!("{part}.dense_1.{name}"));
        assert_eq!(loaded.loaded, names);
        assert!(loaded.missing.is_empty() && loaded.extra.is_empty() && loaded.misshaped.is_empty());
        assert_eq!(loaded.to_string(), format!("loaded: {}", names.join(", ")));
        assert_eq!(model.parameter("head.weight").unwrap(), head);
        let found = model.encode(part, &inputs).unwrap();
        assert!(found.iter().zip(&wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-5));
    }
}

#[test]
fn a_single_parameter_and_a_file_without_the_prefix_are_parts_as_well() {
    let (_folder, path) = place();
    let bias = Array1::linspace(0.0, 1.0, 24);
    TensorFile::new().with_reals("bias", bias.view()).write(&path).unwrap();
    let mut model = other("encoder", cpu());
    let part = model.load_part(&path, "", "encoder.dense_1").unwrap();
    assert_eq!(
        (part.loaded.concat(), part.missing.concat()),
        names("encoder.dense_1.bias", "encoder.dense_1.weight")
    );
    assert_eq!(model.parameter("encoder.dense_1.bias").unwrap().row(0), bias);
    let mut model = other("encoder", cpu());
    let part = model.load_part(&path, "bias", "encoder.dense_1.bias").unwrap();
    assert_eq!((part.loaded.concat(), part.missing.concat()), names("encoder.dense_1.bias", ""));
    assert_eq!(model.parameter("encoder.dense_1.bias").unwrap().row(0), bias);
}

fn names(loaded: &str, missing: &str) -> (String, String) {
    (loaded.into(), missing.into())
}

/// Everything of a checkpoint that has the same name and shape; its moments are no weights.
#[test]
fn what_does_not_fit_is_reported_and_stays_as_it_was() {
    let (_folder, path) = place();
    trained().fit(&data(24), Fit::new().checkpoint(&path, 1)).unwrap();
    let mut model = other("encoder", cpu());
    let before = ["head.weight", "head.bias"].map(|name| model.parameter(name).unwrap());
    let part = model.load_part(&path, "", "").unwrap();
    assert_eq!(part.loaded, ["encoder.dense_1.weight", "encoder.dense_1.bias"]);
    let misshaped =
        |name: &str, wanted: &[usize], found: &[usize]| (name.into(), wanted.into(), found.into());
    let wanted = [misshaped("head.weight", &[24, 2], &[24, 3]), misshaped("head.bias", &[2], &[3])];
    assert_eq!(part.misshaped, wanted);
    assert!(part.missing.is_empty() && part.extra.is_empty(), "{part:?}");
    assert_eq!(["head.weight", "head.bias"].map(|name| model.parameter(name).unwrap()), before);
    let text = part.to_string();
    assert!(
        text.contains("not loaded: head.weight is [24, 3] in the file and [24, 2] in the model"),
        "{text}"
    );

    let file = TensorFile::new().with_reals("a.dense_1.weight", drawn(1, 24, 24).view());
    let file = file
        .with_reals("a.fc.weight", drawn(1, 2, 2).view())
        .with_reals("ab.dense_1.bias", Array1::ones(24).view());
    file.write(&path).unwrap();
    let part = model.load_part(&path, "a", "encoder").unwrap();
    assert_eq!(part.loaded, ["encoder.dense_1.weight"]);
    assert_eq!((part.missing.concat(), part.extra.concat()), names("encoder.dense_1.bias", "a.fc.weight"));
    let text = part.to_string();
    assert!(text.contains("encoder.dense_1.bias is missing; a.fc.weight is none"), "{text}");
}

#[test]
fn it_is_an_error_if_nothing_was_loaded() {
    let (_folder, path) = place();
    let file = TensorFile::new().with_reals("a.dense_1.weight", drawn(1, 24, 23).view());
    let file = file.with_reals("wide.dense_1.bias", Array1::<f32>::zeros(24).view());
    file.with_doubles("wide.dense_1.weight", Array2::<f64>::zeros((24, 24)).view()).write(&path).unwrap();
    let mut model = other("encoder", cpu());
    let before = model.snapshot().unwrap();
    let mut refused = |from: &str, to: &str| model.load_part(&path, from, to).unwrap_err();
    for (error, words) in [
        (refused("encodr", "encoder"), ["no array \"encodr\"", "a.dense_1.weight"]),
        (refused("a", "encodr"), ["no parameter \"encodr\"", "encoder.dense_1.weight"]),
        (refused("a", "encoder"), ["[24, 23] in the file", "encoder.dense_1.bias is missing"]),
        // Nothing is loaded halfway.
        (refused("wide", "encoder"), ["F64 numbers", "wide.dense_1.weight"]),
    ] {
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    let missing = model.load_part(path.with_file_name("nowhere"), "a", "encoder").unwrap_err();
    assert!(matches!(missing, Error::File { fault: FileFault::Read { .. }, .. }), "{missing}");
    assert_eq!(model.snapshot().unwrap(), before);
}
