//! Layers that change images in training only: what they leave alone, the same bits each time, files, and what is refused.

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu, Verify};
use wgrad::gradcheck;
use wgrad::layers::{
    Dense, Flatten, GaussianNoise, Layer, RandomAffine, RandomErasing, RandomFlip, Relu, Reshape, Tanh,
};
use wgrad::{Dataset, Fit, Model, Optimizer, Precision, Samples, Sequential, losses};

use crate::support::{adam, gpu};
use crate::uniform;

fn affine() -> RandomAffine {
    RandomAffine::new().rotate(20.0).translate(0.1).scale(0.8..1.3).shear(10.0).fill(0.25)
}

/// All layers of augmentation, and a classifier behind them.
fn net(precision: Precision) -> Sequential {
    Sequential::new([8, 6, 2])
        .precision(precision)
        .add(affine())
        .add(RandomFlip::horizontal())
        .add(RandomFlip::vertical().probability(0.3))
        .add(RandomErasing::new().probability(0.7).area(0.05..0.4).aspect(0.5..2.0).value(0.75))
        .add(GaussianNoise::new(0.2))
        .add_named("changed", Flatten)
        .add(Dense::new(12))
        .add(Relu)
        .add(Dense::new(4))
}

fn data() -> Dataset {
    let images = Samples::shaped(uniform(7, 40 * 96), [8, 6, 2]).unwrap();
    Dataset::classification(images, (0..40).map(|i| i % 4).collect()).unwrap()
}

fn compiled(net: Sequential, backend: impl Backend + 'static) -> Model {
    net.compile(backend, losses::SoftmaxCrossEntropy::new(), Optimizer::sgd(0.05), 3).unwrap()
}

fn cpu(threads: usize) -> Cpu<f32> {
    Cpu::with_threads(threads).unwrap()
}

/// The weights behind a training, and what the model predicts then.
fn trained(backend: impl Backend + 'static, fit: Fit<'_>) -> Vec<f32> {
    let (mut model, data) = (compiled(net(Precision::F32), backend), data());
    model.fit(&data, fit).unwrap();
    let predicted = model.predict(data.inputs()).unwrap();
    model.parameter("dense_1.weight").unwrap().into_iter().chain(predicted).collect()
}

fn usual<'a>() -> Fit<'a> {
    Fit::new().epochs(4).batch(10)
}

#[test]
fn predictions_and_evaluations_see_samples_as_they_are() {
    let data = data();
    let mut model = compiled(net(Precision::F32), cpu(2));
    let pixels = data.inputs().to_array();
    assert_eq!(model.encode("changed", data.inputs()).unwrap(), pixels);
    let bare = Sequential::new([8, 6, 2]).add(Flatten).add(Dense::new(12)).add(Relu).add(Dense::new(4));
    let mut bare = compiled(bare, cpu(2));
    for name in ["dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"] {
        bare.set_parameter(name, model.parameter(name).unwrap().view()).unwrap();
    }
    assert_eq!(bare.predict(data.inputs()).unwrap(), model.predict(data.inputs()).unwrap());
    assert_eq!(bare.evaluate(&data).unwrap().loss, model.evaluate(&data).unwrap().loss);
    let steps = |model: &Model| {
        let program = model.training_program(&data, 10).unwrap();
        program.steps().iter().map(|step| step.name()).filter(|name| *name == "warp").count()
    };
    assert_eq!((steps(&model), steps(&bare)), (3, 0));
}

#[test]
fn a_seed_gives_the_same_bits_each_time_whatever_the_threads() {
    let one = trained(cpu(1), usual());
    for threads in 1..4 {
        assert_eq!(trained(cpu(threads), usual()), one);
    }
    let mut other =
        net(Precision::F32).compile(cpu(1), losses::SoftmaxCrossEntropy::new(), Optimizer::sgd(0.05), 4);
    let other = other.as_mut().unwrap();
    other.fit(&data(), usual()).unwrap();
    assert_ne!(
        other.parameter("dense_1.weight").unwrap().iter().copied().collect::<Vec<_>>(),
        one[..96 * 12]
    );
    let Some(first) = gpu() else { return };
    let there = trained(first, usual());
    assert_eq!(trained(gpu().unwrap(), usual()), there);
    let near = there.iter().zip(&one).all(|(a, b)| (a - b).abs() < 1e-4);
    assert!(near, "{:?} and {:?}", &there[..9], &one[..9]);
}

/// Two batches of a step are one of twice the size, except for rounding.
#[test]
fn a_batch_may_be_cut() {
    let whole = trained(cpu(1), Fit::new().epochs(4).batch(20));
    let cut = trained(cpu(1), Fit::new().epochs(4).batch(5).accumulate(4));
    assert!(whole.iter().zip(&cut).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn a_training_that_goes_on_has_the_same_bits() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let data = data();
    let fit = |epochs| Fit::new().epochs(epochs).batch(10).checkpoint(&path, 1);
    compiled(net(Precision::F32), cpu(1)).fit(&data, fit(2)).unwrap();
    assert_eq!(trained(cpu(1), fit(4).resume(&path)), trained(cpu(1), usual()));
}

/// Another epoch, another change: the loss of one epoch after another differs where nothing is learned.
#[test]
fn each_epoch_has_changes_of_its_own() {
    let net = net(Precision::F32);
    let sgd = Optimizer::sgd(1e-30);
    let mut model = net.compile(cpu(1), losses::SoftmaxCrossEntropy::new(), sgd, 3).unwrap();
    let history = model.fit(&data(), Fit::new().epochs(3).batch(40)).unwrap();
    let found: Vec<f64> = history.epochs.iter().map(|epoch| epoch.metrics.loss).collect();
    assert!(found[0] != found[1] && found[1] != found[2] && found[0] != found[2], "{found:?}");
}

#[test]
fn every_step_agrees_with_its_definition_in_either_precision() {
    let Some(device) = gpu() else { return };
    let mut devices: Vec<Box<dyn Backend>> = vec![Box::new(Verify::new(device).unwrap())];
    devices.push(Box::new(Verify::new(cpu(2)).unwrap()));
    for device in devices {
        let mut model = compiled(net(Precision::F32), device);
        model.fit(&data(), usual()).unwrap();
    }
    let mut model = compiled(net(Precision::F16), Verify::new(gpu().unwrap()).unwrap());
    model.fit(&data(), usual()).unwrap();
    assert_eq!(model.encode("changed", data().inputs()).unwrap(), data().inputs().to_array());
}

#[test]
fn gradients_go_through_to_what_learns_before() {
    let net = Sequential::new([5])
        .add(Dense::new(12))
        .add(Tanh)
        .add(Reshape::new([4, 3]))
        .add(affine())
        .add(RandomFlip::vertical())
        .add(RandomErasing::new())
        .add(GaussianNoise::new(0.1))
        .add(Flatten)
        .add(Dense::new(2));
    let [x, y] = [5, 2].map(|cols| Array2::from_shape_vec((8, cols), uniform(8, 8 * cols)).unwrap());
    let data = Dataset::regression(x.view(), y.view()).unwrap();
    let check = gradcheck(&net, losses::MeanSquaredError, &data, 1).unwrap();
    assert!(check.passes() && check.rows.len() == 5, "{check}");
}

#[test]
fn files_have_the_settings() {
    let folder = tempdir().unwrap();
    let [path, again] = ["model", "again"].map(|name| folder.path().join(name));
    compiled(net(Precision::F32), cpu(1)).save(&path).unwrap();
    let mut loaded = Model::load(&path, cpu(1)).unwrap();
    loaded.save(&again).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&again).unwrap());
    let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
    for setting in ["most_scale", "1.2999", "vertical", "random_erasing", "gaussian_noise", "0.7"] {
        assert_eq!(text.contains(setting), setting != "vertical", "{setting}");
    }
    // It goes on as the first one would.
    loaded.fit(&data(), usual()).unwrap();
    let weight = loaded.parameter("dense_1.weight").unwrap();
    assert_eq!(weight.into_iter().collect::<Vec<_>>(), trained(cpu(1), usual())[..96 * 12]);
}

/// Handwritten digits that are shifted in the test and not in the training.
#[test]
fn a_net_learns_what_its_training_shows_shifted() {
    use wgrad::data::digits::{Split, draw};
    let shifted = |pixels: &[u8]| -> Vec<u8> {
        let image = |(number, image): (usize, &[u8])| -> Vec<u8> {
            let (down, right) = ([2, 0, 26, 0][number % 4], [0, 2, 0, 26][number % 4]);
            (0..784).map(|at| image[(at / 28 + down) % 28 * 28 + (at % 28 + right) % 28]).collect()
        };
        pixels.chunks(784).enumerate().flat_map(image).collect()
    };
    let [train, test] = [(Split::Train, 600), (Split::Test, 400)].map(|(split, count)| draw(0, split, count));
    let data = |pixels: Vec<u8>, labels: &[u32]| {
        Dataset::classification(Samples::images(pixels, [28, 28]).unwrap(), labels.to_vec()).unwrap()
    };
    let train_data = data(train.pixels.clone(), &train.labels);
    let test_data = data(shifted(&test.pixels), &test.labels);
    let accuracy = |share: f32| {
        let net = Sequential::new([28, 28]).add(RandomAffine::new().translate(share)).add(Flatten);
        let net = net.add(Dense::new(48)).add(Relu).add(Dense::new(10));
        let loss = losses::SoftmaxCrossEntropy::new();
        let mut model = net.compile(cpu(2), loss, adam(0.003), 0).unwrap();
        model.fit(&train_data, Fit::new().epochs(40).batch(50)).unwrap();
        model.evaluate(&test_data).unwrap().accuracy.unwrap()
    };
    let (without, with) = (accuracy(0.0), accuracy(0.12));
    assert!(with > without + 0.1, "{with} with shifts and {without} without");
}

#[test]
fn layers_that_cannot_be() {
    fn assert_says(layer: impl Layer, shape: &[usize], says: &str) {
        let error = Sequential::new(shape).add(layer).summary().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let square = &[8, 8][..];
    let affine = RandomAffine::new;
    assert_says(affine().rotate(181.0), square, "rotates by up to 181°; it takes 0 to 180");
    assert_says(affine().rotate(f32::NAN), square, "rotates by up to NaN°");
    assert_says(affine().shear(-1.0), square, "shears by up to -1°; it takes 0 to 45");
    assert_says(affine().scale(1.2..0.9), square, "scales by 1.2 to 0.9; it takes 0.25 to 4");
    assert_says(affine().scale(0.2..0.9), square, "scales by 0.2 to 0.9");
    assert_says(affine().translate(1.5), square, "shifts by up to 1.5 of the size; it takes 0 to 1");
    assert_says(affine().fill(f32::INFINITY), square, "fills with inf; it must be finite");
    assert_says(
        affine(),
        &[8],
        "layer random_affine_1 gets samples of shape 8: takes images of height × width",
    );
    assert_says(affine(), &[2, 2, 2, 2], "takes images of height × width");
    assert_says(affine(), &[2049, 1], "takes images of 2049×1 pixels; 2048 along a side is the most");
    assert_says(
        RandomFlip::vertical().probability(1.5),
        square,
        "flips with probability 1.5; it takes 0 to 1",
    );
    assert_says(RandomFlip::horizontal(), &[8], "takes images");
    assert_says(GaussianNoise::new(-0.5), square, "deviation -0.5; it must be finite and at least 0");
    assert_says(GaussianNoise::new(f32::NAN), square, "deviation NaN");
    let erasing = RandomErasing::new;
    assert_says(erasing().probability(-0.1), square, "erases with probability -0.1; it takes 0 to 1");
    assert_says(erasing().area(0.0..0.5), square, "erases 0 to 0.5 of the area; both are above 0");
    assert_says(erasing().area(0.5..1.5), square, "erases 0.5 to 1.5 of the area");
    assert_says(erasing().aspect(2.0..1.0), square, "aspect ratios of 2 to 1; both are above 0");
    assert_says(erasing().value(f32::NAN), square, "fills rectangles with NaN");
    assert_says(
        erasing().area(0.9..1.0).aspect(8.0..9.0),
        square,
        "finds no rectangle of 0.9 to 1 of the area",
    );
    assert_says(erasing(), &[8], "takes images");
    let integers = Sequential::integers([8, 8]).add(RandomAffine::new()).summary().unwrap_err().to_string();
    assert!(integers.contains("layer random_affine_1") && integers.contains("gets integers"), "{integers}");
}
