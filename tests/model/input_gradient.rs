//! How an output changes with the inputs, in evaluation mode.

use ndarray::{Array2, Axis};
use wgrad::layers::{
    Add, BatchNorm, Conv2d, Dense, Dropout, Embedding, Flatten, GaussianNoise, GlobalAvgPool2d, Padding,
    Softmax, Tanh,
};
use wgrad::{Dataset, Fit, Graph, Model, Optimizer, Precision, Samples, Sequential, losses};

use crate::support::{cpu, drawn, samples};

const SIDE: usize = 5;
const CLASSES: usize = 3;

/// Layers that differ in training, one norm behind a convolution and one behind a sum, which is no part of any.
fn net() -> Graph {
    let mut net = Graph::new();
    let mut x = net.input("images", [SIDE, SIDE, 1]);
    x = net.add(GaussianNoise::new(0.3), [x]);
    let made = net.add(Conv2d::new(4, 3).padding(Padding::Same), [x]);
    let normal = net.add(BatchNorm::new(), [made]);
    let bent = net.add(Tanh, [normal]);
    x = net.add(Add, [bent, made]);
    x = net.add(BatchNorm::new(), [x]);
    x = net.add(GlobalAvgPool2d, [x]);
    x = net.add(Dropout::new(0.5), [x]);
    x = net.add(Dense::new(CLASSES), [x]);
    net.add(Softmax, [x]);
    net
}

/// A model whose norms have seen a training, and images that it has not.
fn trained(net: Graph) -> (Model, Array2<f32>) {
    let images = |seed, count| drawn(seed, count, SIDE * SIDE).mapv(|x| 2.0 * x + 1.0);
    let labels = (0..24).map(|image| image % CLASSES as u32).collect();
    let data = Dataset::classification(shaped(&images(1, 24)), labels).unwrap();
    let loss = losses::SoftmaxCrossEntropy::new();
    let mut model = net.compile(cpu(), loss, Optimizer::adam(0.05), 3).unwrap();
    model.fit(&data, Fit::new().epochs(4).batch(8)).unwrap();
    (model, images(2, 4))
}

fn shaped(images: &Array2<f32>) -> Samples {
    Samples::shaped(images.iter().copied().collect::<Vec<_>>(), [SIDE, SIDE, 1]).unwrap()
}

#[test]
fn it_is_that_of_differences_of_predictions() {
    const STEP: f32 = 1.0 / 64.0;
    let (mut model, images) = trained(net());
    let outputs = [2, 0, 1, 1];
    let found = model.input_gradient(&shaped(&images), &outputs).unwrap();
    let mut moved = |pixel: usize, by: f32| {
        let mut images = images.clone();
        images.column_mut(pixel).mapv_inplace(|x| x + by);
        model.predict(&shaped(&images)).unwrap()
    };
    for pixel in 0..SIDE * SIDE {
        let (above, below) = (moved(pixel, STEP), moved(pixel, -STEP));
        for (image, output) in outputs.into_iter().enumerate() {
            let at = [image, output as usize];
            let wanted = (above[at] - below[at]) / (2.0 * STEP);
            let off = (found[[image, pixel]] - wanted).abs();
            assert!(off < 2e-4, "image {image}, pixel {pixel}: {} for {wanted}", found[[image, pixel]]);
        }
    }
    assert!(found.iter().any(|gradient| gradient.abs() > 0.01), "{found}");
}

#[test]
fn half_precision_gives_almost_the_same() {
    let mut halves = net();
    halves.set_precision(Precision::F16);
    let (mut model, images) = trained(net());
    let (mut rounded, _) = trained(halves);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    model.save(&path).unwrap();
    rounded.load_weights(&path).unwrap();
    let gradients = |model: &mut Model| model.input_gradient(&shaped(&images), &[0, 1, 2, 0]).unwrap();
    let (wanted, found) = (gradients(&mut model), gradients(&mut rounded));
    let largest = wanted.iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
    let off = (&wanted - &found).iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
    assert!(off < 0.02 * largest && off > 0.0, "{off} beside {largest}");
}

#[test]
fn of_a_linear_net_it_is_the_weight_for_any_number_of_samples() {
    let net = Sequential::new([2, 3]).add(Flatten).add(Dense::new(4));
    let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    let weight = model.parameter("dense_1.weight").unwrap();
    let outputs: Vec<u32> = (0..600).map(|sample| sample * 7 % 4).collect();
    let places: Vec<usize> = outputs.iter().map(|output| *output as usize).collect();
    let images = Samples::images(vec![128; 6 * 600], [2, 3]).unwrap();
    let found = model.input_gradient(&images, &outputs).unwrap();
    assert_eq!(found, weight.t().select(Axis(0), &places));
}

#[test]
fn a_net_without_layers_changes_as_its_input_does() {
    let net = Sequential::new([3]);
    let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    let found = model.input_gradient(&samples(&drawn(4, 3, 3)), &[0, 1, 2]).unwrap();
    assert_eq!(found, Array2::<f32>::eye(3));
}

#[test]
fn what_has_no_gradient_is_told() {
    let (mut model, images) = trained(net());
    let mut refused = |outputs: &[u32]| {
        let error = model.input_gradient(&shaped(&images), outputs).unwrap_err();
        error.to_string()
    };
    assert!(refused(&[0, 1]).contains("4 samples and 2 outputs"));
    assert!(refused(&[0, 1, 2, 3]).contains("sample 3 asks for output 3, and the model has 3"));
    let net = Sequential::integers([2]).add(Embedding::new(5, 2)).add(Flatten).add(Dense::new(1));
    let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    let words = Samples::integers([1, 4], [2]).unwrap();
    let error = model.input_gradient(&words, &[0]).unwrap_err().to_string();
    assert!(error.contains("integers have none"), "{error}");
    let mut net = Graph::new();
    let inputs = ["left", "right"].map(|name| net.input(name, [2]));
    net.add(Add, inputs);
    let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    let error = model.input_gradient(&Samples::rows([0.0, 1.0], 2).unwrap(), &[0]).unwrap_err().to_string();
    assert!(error.contains("left, right"), "{error}");
}
