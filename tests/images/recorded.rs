//! Trainings held to those of `record.py`.

use serde_json::Value;
use wgrad::backend::{Backend, Cpu, Reference};
use wgrad::layers::{
    AvgPool2d, Conv1d, Conv2d, ConvTranspose2d, Dense, Flatten, GlobalAvgPool2d, Interpolation, MaxPool2d,
    Padding, Relu, Reshape, Tanh, Upsample, ZeroPad2d,
};
use wgrad::{Dataset, Fit, Graph, Loss, Optimizer, Samples, Sequential, losses};

use crate::draws::Draws;
use crate::support::{bindings, gpu};

const STEPS: usize = 6;

fn samples(draws: &mut Draws, shape: &[usize], change: impl Fn(f32) -> f32) -> Samples {
    let values: Vec<f32> =
        draws.matrix(10, shape.iter().product()).iter().map(|value| change(*value)).collect();
    Samples::shaped(values, shape.to_vec()).unwrap()
}

fn image_net() -> Sequential {
    Sequential::new([8, 9, 3])
        .add(Conv2d::new(8, 3).padding(Padding::Same))
        .add(Relu)
        .add(MaxPool2d::new(3).stride(2).padding(Padding::explicit(1)))
        .add(Conv2d::new(6, [2, 3]).stride([2, 1]).padding(Padding::Explicit([1, 0, 0, 2])))
        .add(Tanh)
        .add(AvgPool2d::new([2, 3]).stride(1).padding(Padding::Explicit([0, 1, 0, 1])))
        .add(Conv2d::new(4, 3).dilation(2).padding(Padding::explicit(2)))
        .add(Flatten)
        .add(Dense::new(5))
}

fn strided_net() -> Sequential {
    Sequential::new([8, 9, 1])
        .add(Conv2d::new(4, [3, 4]).stride([2, 3]).padding(Padding::Same))
        .add(Relu)
        .add(GlobalAvgPool2d)
        .add(Dense::new(2))
}

fn transposed_net() -> Sequential {
    let first = ConvTranspose2d::new(6, 3).stride(2).padding(Padding::explicit(1)).output_padding([1, 0]);
    Sequential::new([4, 5, 3])
        .add(first)
        .add(Relu)
        .add(ConvTranspose2d::new(2, [2, 3]).stride([1, 2]).padding(Padding::Explicit([1, 0, 0, 2])))
        .add(Tanh)
        .add(ConvTranspose2d::new(4, 3).stride([1, 2]).padding(Padding::Same))
        .add(GlobalAvgPool2d)
        .add(Dense::new(2))
}

fn row_net() -> Sequential {
    Sequential::new([11, 4])
        .add(Conv1d::new(6, 3).dilation(2).padding(Padding::Same))
        .add(Relu)
        .add(Conv1d::new(4, 4).stride(3))
        .add(Flatten)
        .add(Dense::new(2))
}

fn grouped_net() -> Sequential {
    Sequential::new([7, 8, 4])
        .add(Conv2d::new(4, 3).groups(4).padding(Padding::Same))
        .add(Relu)
        .add(Conv2d::new(8, 3).groups(2).stride(2).padding(Padding::explicit(1)))
        .add(Tanh)
        .add(Conv2d::new(12, 2).groups(4).dilation([1, 2]))
        .add(Reshape::new([3 * 2, 12]))
        .add(Conv1d::new(4, 2).groups(2))
        .add(Reshape::new([1, 5, 4]))
        .add(GlobalAvgPool2d)
        .add(Dense::new(2))
}

fn larger_net() -> Sequential {
    Sequential::new([4, 3, 3])
        .add(ZeroPad2d::new([1, 0, 2, 1]))
        .add(Conv2d::new(4, 2))
        .add(Tanh)
        .add(Upsample::new([3, 2]))
        .add(Upsample::new([2, 3]).interpolation(Interpolation::Bilinear))
        .add(Conv2d::new(2, 3).stride([5, 3]))
        .add(Flatten)
        .add(Dense::new(2))
}

/// Trains on all samples at once from the weights that the generator draws, and compares losses and outputs.
pub(crate) fn assert_as_recorded(
    name: &str,
    backend: impl Backend + 'static,
    (net, loss): (impl Into<Graph>, impl Loss),
    (data, optimizer): (&Dataset, Optimizer),
    (seed, tolerance): (u32, f64),
) {
    let recorded: Value = serde_json::from_str(include_str!("recorded.json")).unwrap();
    let numbers = |key: &str| {
        let numbers = recorded[name][key].as_array().unwrap();
        numbers.iter().map(|number| number.as_f64().unwrap()).collect::<Vec<_>>()
    };
    let mut draws = Draws(seed);
    let mut model = net.into().compile(backend, loss, optimizer, 0).unwrap();
    let names: Vec<String> = model.parameter_names().map(str::to_string).collect();
    for name in names {
        let [rows, cols] = model.parameter(&name).unwrap().dim().into();
        let drawn = draws.matrix(rows, cols).map(|value| value * 0.3);
        let drawn = if name.ends_with("running_variance") { drawn.map(|value| value.abs()) } else { drawn };
        model.set_parameter(&name, drawn.view()).unwrap();
    }
    let history = model.fit(data, Fit::new().epochs(STEPS).batch(10).unshuffled()).unwrap();
    let found: Vec<f64> = history.epochs.iter().map(|epoch| epoch.metrics.loss).collect();
    let outputs: Vec<f64> = model.predict(data.inputs()).unwrap().iter().map(|x| f64::from(*x)).collect();
    for (found, key) in [(found, "losses"), (outputs, "outputs")] {
        let wanted = numbers(key);
        assert_eq!(found.len(), wanted.len(), "{name}, {key}");
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() <= tolerance, "{name}, {key}: {found} is not {wanted}");
        }
    }
}

/// The samples of all trainings, in the order in which `record.py` draws them.
fn all() -> [Dataset; 4] {
    let mut draws = Draws(5);
    let images = samples(&mut draws, &[8, 9, 3], |x| (3.0 * f64::from(x)).round_ties_even() as f32);
    let labels = (0..10).map(|sample| sample * 2 % 5).collect();
    let images = Dataset::classification(images, labels).unwrap();
    let [strided, rows, transposed] = [&[8, 9, 1][..], &[11, 4], &[4, 5, 3]].map(|shape| {
        let inputs = samples(&mut draws, shape, |x| x);
        Dataset::pairs(inputs, Samples::reals(draws.matrix(10, 2).view()).unwrap()).unwrap()
    });
    [images, strided, rows, transposed]
}

/// Samples of this shape, each with two numbers to learn.
fn drawn(seed: u32, shape: &[usize]) -> Dataset {
    let mut draws = Draws(seed);
    let inputs = samples(&mut draws, shape, |x| x);
    Dataset::pairs(inputs, Samples::reals(draws.matrix(10, 2).view()).unwrap()).unwrap()
}

fn assert_all(backend: impl Fn() -> Option<Box<dyn Backend>>, tolerance: f64, with_adam: bool) {
    let [images, strided, rows, transposed] = all();
    let loss = losses::SoftmaxCrossEntropy::new;
    let Some(device) = backend() else { return };
    let of_images = (image_net(), loss());
    assert_as_recorded("images_sgd", device, of_images, (&images, Optimizer::sgd(0.1)), (6, tolerance));
    let Some(device) = backend() else { return };
    let of_strided = (strided_net(), losses::MeanSquaredError);
    assert_as_recorded("strided", device, of_strided, (&strided, Optimizer::sgd(0.1)), (7, tolerance));
    let Some(device) = backend() else { return };
    let of_transposed = (transposed_net(), losses::MeanSquaredError);
    let sgd = Optimizer::sgd(0.1);
    assert_as_recorded("transposed", device, of_transposed, (&transposed, sgd), (9, tolerance));
    let [larger, grouped] = [drawn(15, &[4, 3, 3]), drawn(17, &[7, 8, 4])];
    for (name, net, data, seed) in
        [("larger", larger_net(), larger, 16), ("grouped", grouped_net(), grouped, 18)]
    {
        let Some(device) = backend() else { return };
        let of_net = (net, losses::MeanSquaredError);
        assert_as_recorded(name, device, of_net, (&data, Optimizer::sgd(0.1)), (seed, tolerance));
    }
    if !with_adam {
        return;
    }
    let Some(device) = backend() else { return };
    let of_images = (image_net(), loss());
    assert_as_recorded("images_adam", device, of_images, (&images, Optimizer::adam(0.01)), (6, tolerance));
    let Some(device) = backend() else { return };
    assert_as_recorded(
        "rows",
        device,
        (row_net(), losses::MeanSquaredError),
        (&rows, Optimizer::adam(0.01)),
        (8, tolerance),
    );
}

#[test]
fn the_cpu_trains_as_pytorch() {
    assert_all(|| Some(Box::new(Cpu::<f64>::with_threads(2).unwrap())), 1e-6, true);
    assert_all(|| Some(Box::new(Cpu::<f32>::with_threads(2).unwrap())), 2e-5, true);
}

#[test]
fn the_reference_trains_as_pytorch() {
    assert_all(|| Some(Box::new(Reference::<f64>::new())), 1e-6, true);
}

#[test]
fn the_gpu_trains_as_pytorch() {
    assert_all(|| gpu().map(|gpu| Box::new(gpu) as Box<dyn Backend>), 2e-5, bindings() >= 5);
}
