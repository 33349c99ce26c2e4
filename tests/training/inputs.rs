//! Whatever a user may pass that cannot work is an error with the value in it, and what can work has its meaning.

use ndarray::{Array2, array};
use wgrad::backend::Cpu;
use wgrad::callback::EarlyStopping;
use wgrad::dataset::Targets;
use wgrad::layers::{Dense, Dropout, Layer, LeakyRelu, Relu};
use wgrad::{
    Dataset, Error, Fit, Init, Loss, Model, Optimizer, Result, Samples, Schedule, Sequential, losses,
};

pub fn compile(net: Sequential, loss: impl Loss, optimizer: Optimizer) -> Result<Model> {
    net.compile(Cpu::<f32>::with_threads(1)?, loss, optimizer, 1)
}

/// 3 numbers in, 2 out.
pub fn model(loss: impl Loss) -> Model {
    let net = Sequential::new([3]).add(Dense::new(4)).add(Relu).add(Dense::new(2));
    compile(net, loss, Optimizer::adam(0.01)).unwrap()
}

pub fn samples(rows: usize, cols: usize) -> Samples {
    let values = Array2::from_shape_fn((rows, cols), |(i, j)| (i * 5 + j * 3) as f32 % 7.0 - 3.0);
    Samples::reals(values.view()).unwrap()
}

pub fn labelled(labels: &[u32]) -> Dataset {
    Dataset::classification(samples(labels.len(), 3), labels.to_vec()).unwrap()
}

#[track_caller]
pub fn assert_says<T>(outcome: Result<T>, parts: &[&str]) {
    let error = outcome.err().expect("an error").to_string();
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn samples_that_are_none() {
    assert_says(Samples::reals(Array2::zeros((0, 3)).view()), &["0 values"]);
    assert_says(Samples::reals(Array2::zeros((3, 0)).view()), &["0 values"]);
    assert_says(Samples::images(Vec::new(), [28, 28]), &["0 values"]);
    assert_says(Samples::images(vec![0; 10], [3]), &["10 values", "[3]"]);
    assert_says(Samples::images(vec![0; 10], [0]), &["10 values", "[0]"]);
    assert_says(Samples::images(vec![0; 2], [usize::MAX, 3]), &["2 values"]);
    assert_says(Dataset::classification(samples(3, 2), vec![0, 1]), &["3 inputs", "2 targets"]);
    let three = array![[0.0], [1.0], [2.0]];
    assert_says(Dataset::regression(three.view(), array![[0.0]].view()), &["3 inputs", "1 targets"]);
    assert_says(Samples::rows([], 2), &["0 values"]);
    assert_says(Samples::rows([0.0; 5], 2), &["5 values", "[2]"]);
    assert_says(Samples::rows([0.0; 5], 0), &["5 values", "[0]"]);
    assert_says(Dataset::pairs(samples(3, 2), samples(2, 4)), &["3 inputs", "2 targets"]);
}

#[test]
fn plain_numbers_make_the_same_dataset_as_arrays() {
    let (inputs, targets) = (array![[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], array![[1.0], [2.0], [3.0]]);
    let of_arrays = Dataset::regression(inputs.view(), targets.view()).unwrap();
    let rows = [Samples::rows([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 2), Samples::rows(vec![1.0, 2.0, 3.0], 1)];
    let [inputs, targets] = rows.map(Result::unwrap);
    assert_eq!(Dataset::pairs(inputs, targets).unwrap(), of_arrays);
    let images = Samples::images(vec![0, 51, 102, 255], [1, 2]).unwrap();
    let pairs = Dataset::pairs(images.clone(), images).unwrap();
    assert_eq!(*pairs.targets(), Targets::Reals(array![[0.0, 0.2], [0.4, 1.0]]));
}

#[test]
fn numbers_that_are_not_finite() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let values = array![[0.0, 1.0], [bad, 2.0]];
        let text = bad.to_string();
        assert_says(Samples::reals(values.view()), &["sample 1, column 0", &text]);
        assert_says(Samples::rows([0.0, 1.0, bad, 2.0], 2), &["sample 1, column 0", &text]);
        assert_says(
            Dataset::regression(array![[0.0], [1.0]].view(), values.view()),
            &["sample 1, column 0", &text],
        );
    }
}

#[test]
fn widths_that_are_not_the_models() {
    let mut model = model(losses::MeanSquaredError);
    for width in [2, 4] {
        let (data, expected) = (samples(5, width), format!("these are of {width}"));
        assert_says(model.predict(&data), &["dense_1", "shape 3", &expected]);
        assert_says(model.encode("dense_1", &data), &[&expected]);
        assert_says(model.evaluate(&Dataset::autoencoder(data.clone())), &[&expected]);
        assert_says(model.fit(&Dataset::autoencoder(data), Fit::new()), &[&expected]);
    }
    let three_targets = Dataset::autoencoder(samples(5, 3));
    assert_says(model.fit(&three_targets, Fit::new()), &["targets of 3 numbers", "gives 2"]);
    assert_says(model.encode("nowhere", &samples(5, 3)), &["nowhere", "dense_1, relu_1, dense_2"]);
}

#[test]
fn a_checkpoint_that_has_no_folder_is_known_before_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    for path in [folder.path().join("nowhere").join("checkpoint"), file.join("checkpoint")] {
        let mut model = model(losses::SoftmaxCrossEntropy::new());
        let before = model.snapshot().unwrap();
        let outcome = model.fit(&labelled(&[0, 1, 1]), Fit::new().checkpoint(&path, 1));
        assert_says(outcome, &["cannot write", path.to_str().unwrap()]);
        assert_eq!(model.snapshot().unwrap(), before);
    }
}

/// What a folder holds, in order.
fn names(folder: &std::path::Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_known_before_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    let mut paths =
        vec![taken.clone(), folder.path().join("new/"), folder.path().join("x".repeat(300)), "".into()];
    if cfg!(target_os = "linux") {
        paths.push("/proc/checkpoint.safetensors".into());
    }
    for (path, every) in paths.iter().flat_map(|path| [(path, Some(1)), (path, None)]) {
        let mut model = model(losses::SoftmaxCrossEntropy::new());
        let before = model.snapshot().unwrap();
        let outcome = model.fit(&labelled(&[0, 1, 1]), Fit::new().checkpoint(path, every));
        assert_says(outcome, &["cannot write", path.to_str().unwrap()]);
        assert_eq!(model.snapshot().unwrap(), before, "{} was trained first", path.display());
    }
    assert_eq!(names(folder.path()), ["taken"]);
}

#[test]
fn a_former_checkpoint_survives_a_training_that_does_not_begin() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    std::fs::write(&path, "former").unwrap();
    let fit = Fit::new().checkpoint(&path, None).resume(folder.path().join("nowhere"));
    assert_says(model(losses::SoftmaxCrossEntropy::new()).fit(&labelled(&[0, 1, 1]), fit), &["nowhere"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"former");
    assert_eq!(names(folder.path()), ["checkpoint"]);
}

#[test]
fn a_least_gain_that_means_nothing() {
    for gain in [f64::NAN, f64::INFINITY, -0.1] {
        let mut stop = EarlyStopping::new(2).least_gain(gain);
        let outcome = model(losses::SoftmaxCrossEntropy::new())
            .fit(&labelled(&[0, 1, 1]), Fit::new().callback(&mut stop));
        assert_says(outcome, &["least gain", &format!("is {gain};")]);
    }
}

#[test]
fn settings_that_cannot_train() {
    let data = labelled(&[0, 1, 1]);
    let mut model = model(losses::SoftmaxCrossEntropy::new());
    assert_says(model.fit(&data, Fit::new().batch(0)), &["batches of 0", "at least 1"]);
    assert_says(model.fit(&data, Fit::new().epochs(0)), &["0 epochs", "at least 1"]);
    assert_says(model.fit(&data, Fit::new().checkpoint("never", 0)), &["every 0 epochs"]);
    let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.1];
    let with = |optimizer: Optimizer| {
        compile(Sequential::new([1]).add(Dense::new(1)), losses::MeanSquaredError, optimizer)
    };
    for value in bad.into_iter().chain([0.0]) {
        let text = format!("is {value};");
        assert_says(with(Optimizer::sgd(value)), &["learning rate", &text]);
        assert_says(with(Optimizer::adam(value)), &["learning rate", &text]);
        assert_says(with(Optimizer::sgd(0.1).clip_norm(value)), &["clip", &text]);
    }
    for value in bad {
        let text = format!("is {value};");
        assert_says(with(Optimizer::adam_w(0.1, value)), &["weight decay", &text]);
        assert_says(with(Optimizer::momentum(0.1, value)), &["momentum", &text]);
        for schedule in [
            Schedule::Step { epochs: 1, factor: value },
            Schedule::Cosine { floor: value },
            Schedule::WarmupCosine { epochs: 1, floor: value },
        ] {
            assert_says(with(Optimizer::sgd(0.1).schedule(schedule)), &["schedule", &text]);
        }
    }
    assert_says(with(Optimizer::nesterov(0.1, 1.0)), &["momentum", "is 1;"]);
}

#[test]
fn layers_that_cannot_be() {
    let with = |layer: Box<dyn FnOnce(Sequential) -> Sequential>| {
        compile(layer(Sequential::new([3])), losses::MeanSquaredError, Optimizer::sgd(0.1))
    };
    fn of(layer: impl Layer) -> Box<dyn FnOnce(Sequential) -> Sequential> {
        Box::new(|net| net.add(layer))
    }
    assert_says(with(of(Dense::new(0))), &["dense_1", "0 units"]);
    assert_says(with(of(Dense::new(usize::MAX))), &["dense_1", "4294967295"]);
    assert_says(with(of(Dense::new(1 << 31))), &["dense_1.weight", "4294967295"]);
    for bad in [1.0, -0.1, f32::NAN, f32::INFINITY] {
        assert_says(with(of(Dropout::new(bad))), &["dropout_1", &bad.to_string()]);
    }
    for bad in [-0.1, f32::NAN, f32::INFINITY] {
        assert_says(with(of(LeakyRelu { negative_slope: bad })), &["leaky_relu_1", "negative slope"]);
    }
    for bad in [-0.1, f32::NAN, f32::INFINITY] {
        assert_says(with(of(Dense::new(2).init(Init::Normal(bad)))), &["dense_1", "deviation"]);
    }
    let empty = Sequential::new([3, 0]).add(Dense::new(1));
    assert_says(compile(empty, losses::MeanSquaredError, Optimizer::sgd(0.1)), &["[3, 0]"]);
    let vast = Sequential::new([usize::MAX, usize::MAX]).add(Dense::new(1));
    assert_says(compile(vast, losses::MeanSquaredError, Optimizer::sgd(0.1)), &["a sample", "4294967295"]);
}

#[test]
fn a_batch_larger_than_the_set_is_the_whole_of_it() {
    let data = labelled(&[0, 1, 1, 0, 1]);
    let weights = |batch| {
        let mut model = model(losses::SoftmaxCrossEntropy::new());
        model.fit(&data, Fit::new().epochs(3).batch(batch)).unwrap();
        model.snapshot().unwrap()
    };
    assert_eq!(weights(5), weights(6));
    assert_eq!(weights(5), weights(usize::MAX));
    assert_ne!(weights(5), weights(4));
}

#[test]
fn one_row_trains() {
    let mut model = model(losses::SoftmaxCrossEntropy::new());
    let one = labelled(&[1]);
    let history = model.fit(&one, Fit::new().epochs(20)).unwrap();
    assert!(history.epochs[19].metrics.loss < history.epochs[0].metrics.loss);
    assert_eq!(model.predict(one.inputs()).unwrap().dim(), (1, 2));
}

#[test]
fn schedules_of_any_length_are_followed() {
    let data = labelled(&[0, 1]);
    for schedule in [
        Schedule::Step { epochs: 0, factor: 0.5 },
        Schedule::Step { epochs: usize::MAX, factor: 0.0 },
        Schedule::Warmup { epochs: 0 },
        Schedule::Warmup { epochs: usize::MAX },
        Schedule::WarmupCosine { epochs: 0, floor: 0.0 },
        Schedule::WarmupCosine { epochs: 2, floor: 0.0 },
        Schedule::WarmupCosine { epochs: usize::MAX, floor: 0.0 },
    ] {
        let net = Sequential::new([3]).add(Dense::new(2));
        let mut model =
            compile(net, losses::SoftmaxCrossEntropy::new(), Optimizer::sgd(0.1).schedule(schedule)).unwrap();
        let history = model.fit(&data, Fit::new().epochs(3)).unwrap();
        assert!(history.epochs.iter().all(|epoch| (0.0..=0.1).contains(&epoch.rate)), "{schedule:?}");
    }
}

#[test]
fn a_refusal_leaves_the_model_as_it_was() {
    let mut model = model(losses::SoftmaxCrossEntropy::new());
    let before = model.snapshot().unwrap();
    let error = model.fit(&labelled(&[0, 9]), Fit::new()).unwrap_err();
    assert!(matches!(error, Error::Targets { .. }), "{error}");
    assert_eq!(model.snapshot().unwrap(), before);
    model.fit(&labelled(&[0, 1]), Fit::new()).unwrap();
    assert_ne!(model.snapshot().unwrap(), before);
}
