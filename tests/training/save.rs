//! Models are written and read: the same layers, the same weights, or an error and nothing changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::array;
use safetensors::SafeTensors;
use serde_json::{Map, Value, json};
use tempfile::{TempDir, tempdir};
use wgrad::backend::Cpu;
use wgrad::layers::{
    Context, Dense, Dropout, Elu, Flatten, Gelu, GeluTanh, HardTanh, Identity, Layer, LeakyRelu, Relu,
    Shaped, Sigmoid, Softmax, Tanh, one,
};
use wgrad::ops::activation::Activation;
use wgrad::{
    Dataset, Error, FileFault, Fit, Init, LayerError, Loss, Model, Optimizer, Samples, Schedule, Sequential,
    TensorFile, losses,
};

pub fn cpu() -> Cpu<f32> {
    Cpu::with_threads(1).unwrap()
}

fn net() -> Sequential {
    Sequential::new([2])
        .add(Dense::new(3).init(Init::HeNormal))
        .add(LeakyRelu { negative_slope: 0.3 })
        .add_named("latent", Dense::new(2).without_bias())
        .add(Tanh)
        .add(Dropout::new(0.25))
        .add(Dense::new(2).init(Init::Normal(0.7)))
}

pub fn model() -> Model {
    net().compile(cpu(), losses::MeanSquaredError, Optimizer::adam(0.01), 7).unwrap()
}

pub fn samples() -> Samples {
    Samples::reals(array![[0.5, -1.0], [2.0, 0.25], [-0.125, 3.0]].view()).unwrap()
}

pub fn place() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    (folder, path)
}

pub fn fault(error: Error) -> FileFault {
    match error {
        Error::File { fault, .. } => fault,
        other => panic!("{other}"),
    }
}

#[test]
fn a_loaded_model_has_the_layers_the_weights_and_the_settings_of_the_saved_one() {
    let (_folder, path) = place();
    let mut saved = model();
    saved.save(&path).unwrap();
    let mut loaded = Model::load(&path, cpu()).unwrap();
    assert_eq!(loaded.summary().unwrap(), saved.summary().unwrap());
    assert_eq!(loaded.snapshot().unwrap(), saved.snapshot().unwrap());
    assert_eq!(loaded.predict(&samples()).unwrap(), saved.predict(&samples()).unwrap());
    assert_eq!(loaded.encode("latent", &samples()).unwrap(), saved.encode("latent", &samples()).unwrap());
    // Everything else that decides a training shows in what it does.
    let data = Dataset::autoencoder(samples());
    for model in [&mut saved, &mut loaded] {
        model.fit(&data, Fit::new().epochs(5).batch(2)).unwrap();
    }
    assert_eq!(loaded.snapshot().unwrap(), saved.snapshot().unwrap());
    loaded.save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    saved.save(&path).unwrap();
    assert_eq!(bytes, std::fs::read(&path).unwrap(), "the same model gives the same file");
}

#[test]
fn names_and_shapes_are_those_of_the_documentation() {
    let (_folder, path) = place();
    model().save(&path).unwrap();
    let file = TensorFile::read(&path).unwrap();
    let shapes: Vec<_> = file.names().map(|name| (name, file.shape(name).unwrap())).collect();
    let expected: [(&str, &[usize]); 5] = [
        ("dense_1.bias", &[3]),
        ("dense_1.weight", &[2, 3]),
        ("dense_3.bias", &[2]),
        ("dense_3.weight", &[2, 2]),
        ("latent.weight", &[3, 2]),
    ];
    assert_eq!(shapes, expected);
}

/// What a file says of its model.
fn description(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    metadata.metadata().as_ref().unwrap()["wgrad"].clone()
}

/// Writes the same arrays with another description.
fn describe(path: &Path, description: String) {
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let notes = std::collections::HashMap::from([("wgrad".to_string(), description)]);
    std::fs::write(path, safetensors::serialize(file.tensors(), Some(notes)).unwrap()).unwrap();
}

/// Saves a model of these layers and returns what the file says of them.
fn saved(net: Sequential, path: &Path) -> Value {
    let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    model.save(path).unwrap();
    serde_json::from_str(&description(path)).unwrap()
}

/// What files say of layers, before and after they were loaded.
fn again(net: Sequential) -> [Value; 2] {
    let (_folder, path) = place();
    [saved(net, &path), saved(Sequential::load(&path).unwrap(), &path)]
}

/// Version 0.1 had the tanh form alone, and called it `gelu`.
#[test]
fn files_say_which_form_of_gelu_they_mean() {
    for (kind, at_1) in [("gelu", 0.841_192), ("gelu_erf", 0.841_344_8)] {
        let (_folder, path) = place();
        let mut described = saved(Sequential::new([2]).add(Identity), &path);
        described["layers"][0]["kind"] = kind.into();
        describe(&path, described.to_string());
        let one = Samples::reals(array![[1.0, 1.0]].view()).unwrap();
        let found = Model::load(&path, cpu()).unwrap().predict(&one).unwrap()[[0, 0]];
        assert!((found - at_1).abs() < 1e-6, "{kind}: {found}");
    }
}

#[test]
fn every_layer_describes_itself_well_enough_to_be_rebuilt() {
    for init in [
        Init::GlorotUniform,
        Init::GlorotNormal,
        Init::HeUniform,
        Init::HeNormal,
        Init::Normal(0.1),
        Init::Zeros,
    ] {
        let [before, after] = again(Sequential::new([2, 2]).add(Flatten).add(Dense::new(5).init(init)));
        assert_eq!(before, after);
    }
    let mut net = Sequential::new([3]).add(Dense::new(3).without_bias()).add(Dropout::new(0.3)).add(Softmax);
    net = net.add(Identity).add(Relu).add(LeakyRelu { negative_slope: 0.7 }).add(Sigmoid).add(Tanh);
    net = net.add(Gelu).add(GeluTanh).add(HardTanh { min: -0.3, max: 0.7 }).add(Elu { alpha: 0.7 });
    let [before, after] = again(net);
    assert_eq!(before, after);
    assert_eq!(before["layers"][5]["settings"], json!({ "negative_slope": 0.7_f32 }));
    assert_eq!(before["layers"][10]["settings"], json!({ "min": -0.3_f32, "max": 0.7_f32 }));
    assert_eq!(before["layers"][11]["settings"], json!({ "alpha": 0.7_f32 }));
    for activation in Activation::examples() {
        let constants = activation.constants();
        let (_folder, path) = place();
        let mut net = saved(Sequential::new([3]).add(activation), &path);
        for (name, value) in constants {
            net["layers"][0]["settings"][name.to_lowercase()] = json!(0.5 * value as f32);
        }
        describe(&path, net.to_string());
        assert_eq!(saved(Sequential::load(&path).unwrap(), &path)["layers"], net["layers"]);
    }
}

#[test]
fn every_optimizer_schedule_and_loss_comes_back() {
    let (_folder, path) = place();
    let optimizers = [
        Optimizer::sgd(0.1),
        Optimizer::momentum(0.1, 0.8).schedule(Schedule::Step { epochs: 2, factor: 0.7 }),
        Optimizer::nesterov(0.1, 0.7).schedule(Schedule::Cosine { floor: 0.1 }),
        Optimizer::rms_prop(0.003).schedule(Schedule::WarmupCosine { epochs: 2, floor: 0.03 }),
        Optimizer::adam(0.01).schedule(Schedule::Warmup { epochs: 3 }).clip_norm(0.3),
        Optimizer::adam_w(0.01, 0.2),
        Optimizer::ada_grad(0.01).schedule(Schedule::Exponential { factor: 0.7 }),
        Optimizer::lion(0.01).betas(0.7, 0.8).schedule(Schedule::Polynomial { power: 2.0, floor: 0.1 }),
        Optimizer::adamax(0.01).clip_value(0.3).decay(0.1),
        Optimizer::nadam(0.01).schedule(Schedule::OneCycle { rising: 0.3, first: 0.1, last: 0.01 }),
    ];
    let all: [(Arc<dyn Loss>, Activation); 3] = [
        (Arc::new(losses::MeanSquaredError), Sigmoid.into()),
        (Arc::new(losses::BinaryCrossEntropy::new()), Sigmoid.into()),
        (Arc::new(losses::BinaryCrossEntropy::logits()), Activation::identity()),
    ];
    let data =
        Dataset::regression(array![[0.2, 0.9], [0.4, 0.1]].view(), array![[0.0], [1.0]].view()).unwrap();
    for (optimizer, (loss, last)) in
        optimizers.into_iter().flat_map(|o| all.clone().map(|loss| (o.clone(), loss)))
    {
        let net = Sequential::new([2]).add(Dense::new(1)).add(last);
        let mut saved = net.compile(cpu(), Arc::clone(&loss), optimizer.clone(), 3).unwrap();
        saved.save(&path).unwrap();
        let mut loaded = Model::load(&path, cpu()).unwrap();
        let train = |model: &mut Model| model.fit(&data, Fit::new().epochs(4).batch(1)).unwrap().epochs;
        let alike = train(&mut saved)
            .iter()
            .zip(train(&mut loaded))
            .all(|(a, b)| (a.metrics, a.rate) == (b.metrics, b.rate));
        assert!(alike && saved.snapshot().unwrap() == loaded.snapshot().unwrap(), "{optimizer:?} {loss:?}");
    }
}

/// Scales its inputs; from outside the crate.
#[derive(Debug)]
struct Twice;

impl Layer for Twice {
    fn kind(&self) -> &'static str {
        "twice"
    }

    fn settings(&self) -> Map<String, Value> {
        Map::from_iter([("why".to_string(), json!("for a test"))])
    }

    fn forward(&self, _: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        one(inputs).cloned()
    }
}

#[test]
fn a_layer_of_ones_own_is_rebuilt_by_its_builder_and_unknown_without() {
    let (_folder, path) = place();
    let net = || Sequential::new([2]).add(Twice).add(Dense::new(2));
    let compiled =
        |net: Sequential| net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 5).unwrap();
    let mut saved = compiled(net());
    saved.save(&path).unwrap();
    let error = Sequential::load(&path).unwrap_err().to_string();
    assert!(error.contains("model.safetensors") && error.contains("\"twice\""), "{error}");
    let build = |kind: &str, settings: &Value| {
        let made = || Ok(Box::new(Twice) as Box<dyn Layer>);
        (kind == "twice" && settings["why"] == "for a test").then(made)
    };
    let mut loaded = compiled(Sequential::load_with(&path, &build).unwrap());
    loaded.load_weights(&path).unwrap();
    assert_eq!(loaded.snapshot().unwrap(), saved.snapshot().unwrap());
}

#[test]
fn descriptions_that_were_tampered_with_are_errors() {
    let (_folder, path) = place();
    model().save(&path).unwrap();
    let good = description(&path);
    let changes = [
        ("\"version\":1", "\"version\":2"),
        ("\"input\":[2]", "\"input\":[18446744073709551615,2]"),
        ("\"input\":[2]", "\"input\":\"two\""),
        ("\"units\":3", "\"units\":99999999999999"),
        ("\"units\":3", "\"units\":-3"),
        ("\"units\":3", "\"units\":4"),
        ("\"units\":3", "\"sizes\":3"),
        ("\"kind\":\"tanh\"", "\"kind\":\"tanhh\""),
        ("\"rate\":0.25", "\"rate\":1.25"),
        ("\"name\":\"adam\"", "\"name\":\"eve\""),
        ("\"mean_squared_error\"", "5"),
        ("\"mean_squared_error\"", "{\"name\":\"huber\"}"),
        ("\"mean_squared_error\"", "{\"name\":\"huber\",\"delta\":-1}"),
        ("\"seed\":7", "\"seed\":-7"),
        ("\"init\":\"he_normal\"", "\"init\":\"she\""),
    ];
    for (from, to) in changes {
        assert!(good.contains(from), "{from} in {good}");
        describe(&path, good.replacen(from, to, 1));
        let error = Model::load(&path, cpu()).err().unwrap_or_else(|| panic!("{to} is taken"));
        println!("{error}");
    }
}
