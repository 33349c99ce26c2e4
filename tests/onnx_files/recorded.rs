//! The files that `record.py` recorded.

use ndarray::Array2;
use wgrad::layers::{BatchNorm, Dense, LeakyRelu};
use wgrad::serde_json::{self, Value};
use wgrad::{Dataset, Fit, OnnxNet, Optimizer, Samples, Sequential, load_onnx, losses};

use super::{compile, cpu};

/// What was recorded of a net: rows of all inputs, or of the output, or its files.
fn recorded(name: &str, what: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("recorded.json")).unwrap();
    all[name][what].clone()
}

/// The file of a net that an exporter wrote.
fn read(name: &str, exporter: &str) -> OnnxNet {
    let file = recorded(name, "files")[exporter].as_str().unwrap().to_string();
    OnnxNet::from_bytes(&bytes(&file)).unwrap_or_else(|error| panic!("{name}, {exporter}: {error}"))
}

/// The bytes that a text in base64 stands for.
fn bytes(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut kept) = (Vec::new(), 0, 0_u32);
    for digit in text.trim_end_matches('=').chars() {
        kept = kept << 6 | DIGITS.find(digit).unwrap() as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((kept >> bits) as u8);
        }
    }
    bytes
}

fn rows(value: &Value) -> Array2<f32> {
    let rows: Vec<Vec<f32>> = serde_json::from_value(value.clone()).unwrap();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

/// Samples of channels first with their channels last.
fn turned(rows: Array2<f32>, channels: usize) -> Array2<f32> {
    let (samples, numbers) = rows.dim();
    let pixels = numbers / channels;
    let at = |(sample, at): (usize, usize)| rows[[sample, at % channels * pixels + at / channels]];
    Array2::from_shape_fn((samples, numbers), at)
}

/// The samples of a net of one input, of this shape here, whose channels the file of PyTorch's has first.
fn samples(name: &str, shape: &[usize]) -> Samples {
    let recorded = rows(&recorded(name, "inputs")[0]);
    let is_turned = shape.len() > 1 && !name.starts_with("keras");
    let rows = if is_turned { turned(recorded, shape[shape.len() - 1]) } else { recorded };
    Samples::shaped(rows.into_iter().collect::<Vec<_>>(), shape).unwrap()
}

fn assert_predicts(file: &str, found: &Array2<f32>, wanted: &Array2<f32>) {
    assert_eq!(found.dim(), wanted.dim(), "{file}");
    let wrong = (found - wanted).iter().fold(0.0_f32, |most, off| most.max(off.abs()));
    assert!(wrong <= 2e-6, "{file} is off by {wrong}: {found} for {wanted}");
}

#[test]
fn files_of_pytorch_and_keras_predict_what_these_do() {
    let nets: [(&str, &[usize], &[&str]); 11] = [
        ("classifier", &[6, 7, 2], &["legacy", "dynamo"]),
        ("residual", &[6, 5, 1], &["legacy", "dynamo"]),
        ("decoder", &[5], &["legacy", "dynamo"]),
        ("signal", &[9, 2], &["legacy", "dynamo"]),
        ("group_norm", &[6, 7, 2], &["legacy", "dynamo", "dynamo_21"]),
        ("group_norm_signal", &[9, 2], &["legacy", "dynamo", "dynamo_21"]),
        ("instance_norm", &[6, 7, 2], &["legacy", "dynamo"]),
        ("instance_norm_signal", &[9, 2], &["legacy", "dynamo"]),
        ("keras_images", &[6, 7, 2], &["export"]),
        ("keras_graph", &[4, 4, 3], &["export"]),
        ("keras_group_norm", &[6, 7, 2], &["export"]),
    ];
    for (name, shape, exporters) in nets {
        for exporter in exporters {
            let found = compile(read(name, exporter)).predict(&samples(name, shape)).unwrap();
            assert_predicts(&format!("{name}, {exporter}"), &found, &rows(&recorded(name, "outputs")));
        }
    }
}

#[test]
fn integers_and_numbers_are_inputs_by_their_names() {
    let inputs = recorded("words", "inputs");
    let tokens: Vec<Vec<u32>> = serde_json::from_value(inputs[0].clone()).unwrap();
    let tokens = Samples::integers(tokens.concat(), [3]).unwrap();
    let size = Samples::reals(rows(&inputs[1]).view()).unwrap();
    for exporter in ["legacy", "dynamo"] {
        let found =
            compile(read("words", exporter)).predict_named(&[("tokens", &tokens), ("size", &size)]).unwrap();
        assert_eq!(found.len(), 1);
        found
            .values()
            .for_each(|found| assert_predicts(exporter, found, &rows(&recorded("words", "outputs"))));
    }
}

#[test]
fn layers_have_the_names_of_their_modules_and_shapes_with_channels_last() {
    let net = read("residual", "legacy");
    let names: Vec<_> = net.weights().names().filter(|name| name.ends_with(".weight")).collect();
    assert_eq!(names, ["head.weight", "inner.weight", "side.weight", "stem.weight"]);
    assert_eq!(net.weights().shape("stem.weight"), Some(&[3, 3, 1, 4][..]));
    let summary = net.net().summary().unwrap().to_string();
    assert!(summary.contains("6×5×4"), "{summary}");
}

#[test]
fn what_was_read_predicts_at_once_and_trains_on() {
    let predictor = read("classifier", "dynamo").predictor(cpu(), 4).unwrap();
    let (inputs, wanted) = (samples("classifier", &[6, 7, 2]), rows(&recorded("classifier", "outputs")));
    let mut found = Array2::zeros(wanted.dim());
    for (row, mut out) in inputs.to_array().outer_iter().zip(found.outer_iter_mut()) {
        predictor.predict_into(row.as_slice().unwrap(), out.as_slice_mut().unwrap()).unwrap();
    }
    assert_predicts("a predictor", &found, &wanted);

    let mut model = compile(read("classifier", "legacy"));
    let data = Dataset::pairs(inputs, Samples::rows([1.0, 0.0, 0.0, 0.0, 0.0, 1.0], 3).unwrap()).unwrap();
    let before = model.evaluate(&data).unwrap().loss;
    model.freeze("4").unwrap();
    let frozen = model.parameter("4.weight").unwrap();
    model.fit(&data, Fit::new().epochs(30).batch(2)).unwrap();
    assert!(model.evaluate(&data).unwrap().loss < 0.5 * before);
    assert_eq!(model.parameter("4.weight").unwrap(), frozen);
}

#[test]
fn a_net_that_wgrad_wrote_comes_back_with_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.onnx");
    let net = Sequential::new([4]).add(Dense::new(6)).add(BatchNorm::new().epsilon(0.5).momentum(0.25));
    let net = net.add(LeakyRelu { negative_slope: 0.75 }).add(Dense::new(3).without_bias());
    let mut written = net.compile(cpu(), losses::MeanSquaredError, Optimizer::adam(0.01), 4).unwrap();
    written.save_onnx(&file).unwrap();
    let read = load_onnx(&file).unwrap();
    let described = format!("{:?}", read.net());
    for setting in ["epsilon: 0.5, momentum: 0.25", "negative_slope: 0.75", "\"leaky_relu_1\""] {
        assert!(described.contains(setting), "{setting} of {described}");
    }
    assert_eq!(compile(read).snapshot().unwrap(), written.snapshot().unwrap());
}
