//! Integers as inputs: rows of a table, and what is refused.

use wgrad::backend::{Backend, Cpu, Reference};
use wgrad::layers::{Dense, Embedding, Flatten, LayerNorm, Relu, Tanh};
use wgrad::random::Stream;
use wgrad::{
    Dataset, Error, Fit, Graph, Init, Model, Optimizer, Precision, Samples, Sequential, gradcheck, losses,
};

use crate::{adam_gpu, assert_near, tempdir};

/// Sentences of five of seven tokens; the class says whether token 3 comes before token 5.
fn data() -> Dataset {
    let mut stream = Stream::numbered(3, 61);
    let tokens: Vec<u32> = (0..60 * 5).map(|_| stream.below(7) as u32).collect();
    let first = |row: &[u32], token| row.iter().position(|other| *other == token).unwrap_or(5);
    let labels = tokens.chunks(5).map(|row| u32::from(first(row, 3) < first(row, 5))).collect();
    Dataset::classification(Samples::integers(tokens, [5]).unwrap(), labels).unwrap()
}

fn net() -> Sequential {
    let net = Sequential::integers([5]).add_named("tokens", Embedding::new(7, 6));
    net.add(LayerNorm::new()).add(Flatten).add(Dense::new(12)).add(Tanh).add_named("scores", Dense::new(2))
}

fn compile(net: Sequential, backend: impl Backend + 'static) -> Model {
    net.compile(backend, losses::SoftmaxCrossEntropy::new(), Optimizer::adam(0.02), 2).unwrap()
}

fn losses(net: Sequential, backend: impl Backend + 'static) -> Vec<f64> {
    let history = compile(net, backend).fit(&data(), Fit::new().epochs(30).batch(16)).unwrap();
    history.epochs.iter().map(|epoch| epoch.metrics.loss).collect()
}

#[test]
fn tokens_are_learned_on_every_backend() {
    let wanted = losses(net(), Reference::<f64>::new());
    assert!(wanted[29] < 0.2 * wanted[0], "{wanted:?}");
    assert_near(&losses(net(), Cpu::<f64>::with_threads(3).unwrap()), &wanted, 1e-9);
    assert_near(&losses(net(), Cpu::<f32>::with_threads(2).unwrap()), &wanted, 1e-2);
    let halves = losses(net().precision(Precision::F16), Cpu::<f32>::new().unwrap());
    assert!(halves[29] < 0.3 * wanted[0], "{halves:?}");
    let Some(device) = adam_gpu() else { return };
    assert_near(&losses(net(), device), &wanted, 1e-2);
}

#[test]
fn a_tables_derivative_is_right() {
    let check = gradcheck(&net(), losses::SoftmaxCrossEntropy::new(), &data(), 1).unwrap();
    assert!(check.passes() && check.rows.iter().any(|row| row.name == "tokens.weight"), "{check}");
}

#[test]
fn a_net_of_integers_comes_back_from_its_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("tokens.safetensors");
    let mut model = compile(net(), Cpu::<f32>::new().unwrap());
    model.save(&path).unwrap();
    let mut loaded = Model::load(&path, Cpu::<f32>::new().unwrap()).unwrap();
    let [found, wanted] = [&mut loaded, &mut model].map(|model| model.predict(data().inputs()).unwrap());
    assert_eq!(found, wanted);
    assert!(Graph::load(&path).unwrap().summary().unwrap().to_string().contains("integers"));
}

#[test]
fn an_integer_beyond_the_table_is_an_error_with_its_place() {
    let mut model = compile(net(), Cpu::<f32>::new().unwrap());
    let beyond = Samples::integers([0, 1, 2, 3, 4, 6, 6, 6, 7, 6], [5]).unwrap();
    let of = |error: Error| match error {
        Error::Index { layer, rows, sample, column, value } => (layer, rows, sample, column, value),
        other => panic!("{other}"),
    };
    let wanted = ("tokens".to_string(), 7, 1, 3, 7);
    assert_eq!(of(model.predict(&beyond).unwrap_err()), wanted);
    let data = Dataset::classification(beyond, vec![0, 1]).unwrap();
    assert_eq!(of(model.fit(&data, Fit::new()).unwrap_err()), wanted);
    assert_eq!(of(model.evaluate(&data).unwrap_err()), wanted);
    assert_eq!(of(gradcheck(&net(), losses::SoftmaxCrossEntropy::new(), &data, 0).unwrap_err()), wanted);
}

#[test]
fn integers_and_numbers_are_not_taken_for_each_other() {
    let mut model = compile(net(), Cpu::<f32>::new().unwrap());
    let numbers = Samples::rows([0.0, 1.0, 2.0, 3.0, 4.0], 5).unwrap();
    let error = model.predict(&numbers).unwrap_err().to_string();
    assert!(error.contains("tokens") && error.contains("Samples::integers"), "{error}");
    let net = Sequential::new([5]).add(Dense::new(2));
    let mut model = compile(net, Cpu::<f32>::new().unwrap());
    let error = model.predict(data().inputs()).unwrap_err().to_string();
    assert!(error.contains("dense_1") && error.contains("Samples::rows"), "{error}");
    let summary = |net: Sequential| net.summary().unwrap_err().to_string();
    let error = summary(Sequential::integers([5]).add(Relu));
    assert!(error.contains("relu_1") && error.contains("Embedding"), "{error}");
    let error = summary(Sequential::new([5]).add(Embedding::new(7, 2)));
    assert!(error.contains("embedding_1") && error.contains("input of integers"), "{error}");
    let error = summary(Sequential::integers([5]).add(Embedding::new(0, 2)));
    assert!(error.contains("0×2"), "{error}");
    let zeros = Sequential::integers([5]).add(Embedding::new(7, 2).init(Init::Zeros));
    assert_eq!(zeros.summary().unwrap().parameters(), 14);
    let error = Samples::integers([1, 2, 3], [2]).unwrap_err().to_string();
    assert!(error.contains('3') && error.contains('2'), "{error}");
}
