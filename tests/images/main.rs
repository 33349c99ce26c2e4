//! Nets of convolutions and pools: held to PyTorch's and Keras's numbers, on every backend, in `f16`, in files, and what they refuse.

mod dispatches;
#[path = "../graphs/draws.rs"]
mod draws;
mod faults;
mod norms;
mod recorded;
mod same;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;

use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu, Verify};
use wgrad::data::digits::{Split, draw};
use wgrad::layers::{
    AvgPool2d, Conv1d, Conv2d, ConvTranspose2d, Dense, Dropout2d, Flatten, GlobalAvgPool2d, GlobalMaxPool2d,
    GroupNorm, Interpolation, MaxPool2d, Padding, Relu, Reshape, Sigmoid, Upsample, ZeroPad2d,
};
use wgrad::random::Stream;
use wgrad::{Dataset, Fit, Model, Optimizer, Precision, Samples, Sequential, losses};

use support::{adam, gpu};

/// Images with a bright line, upright or level, which is their class.
fn lines(count: usize) -> Dataset {
    let mut stream = Stream::numbered(3, 61);
    let mut pixels = Vec::new();
    for sample in 0..count {
        let line = stream.below(12);
        for at in 0..144 {
            let on = if sample % 2 == 0 { at / 12 == line } else { at % 12 == line };
            pixels.push((stream.below(60) + if on { 190 } else { 0 }) as u8);
        }
    }
    let labels = (0..count as u32).map(|sample| sample % 2).collect();
    Dataset::classification(Samples::images(pixels, [12, 12, 1]).unwrap(), labels).unwrap()
}

/// One of each layer.
fn net(precision: Precision) -> Sequential {
    Sequential::new([12, 12, 1])
        .precision(precision)
        .add(Conv2d::new(8, 3).padding(Padding::Same))
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Conv2d::new(12, [3, 2]).stride([2, 1]).padding(Padding::Explicit([1, 0, 1, 1])))
        .add(Relu)
        .add(AvgPool2d::new(2).padding(Padding::Same))
        .add(Conv2d::new(8, 2).without_bias())
        .add(Flatten)
        .add(Dense::new(2))
}

fn model(backend: impl Backend + 'static, precision: Precision) -> Model {
    // On the processor Adam always, on devices that bind too few buffers for it another.
    let optimizer = if backend.info().backend == "cpu" { Optimizer::adam(0.01) } else { adam(0.01) };
    net(precision).compile(backend, losses::SoftmaxCrossEntropy::new(), optimizer, 2).unwrap()
}

fn trained(backend: impl Backend + 'static, precision: Precision) -> (Model, f64) {
    let mut model = model(backend, precision);
    let history = model.fit(&lines(64), Fit::new().epochs(12).batch(10)).unwrap();
    let loss = history.last().unwrap().metrics.loss;
    (model, loss)
}

#[test]
fn lines_are_told_apart() {
    let (mut model, loss) = trained(Cpu::<f32>::with_threads(2).unwrap(), Precision::F32);
    assert!(loss < 0.2, "{loss}");
    assert_eq!(model.evaluate(&lines(64)).unwrap().accuracy, Some(1.0));
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let weights = |threads| {
        let (mut model, _) = trained(Cpu::<f32>::with_threads(threads).unwrap(), Precision::F32);
        model.predict(lines(20).inputs()).unwrap()
    };
    let one = weights(1);
    assert!(one == weights(2) && one == weights(3));
}

#[test]
fn every_step_of_a_training_on_a_gpu_is_right() {
    for precision in [Precision::F32, Precision::F16] {
        let Some(gpu) = gpu() else { return };
        let (_, loss) = trained(Verify::new(gpu).unwrap(), precision);
        assert!(loss < 0.25, "{precision:?}: {loss}");
    }
}

/// The autoencoder of `benches/images.rs`, whose second half makes images larger.
fn autoencoder(precision: Precision) -> Sequential {
    let up =
        |filters| ConvTranspose2d::new(filters, 3).stride(2).padding(Padding::explicit(1)).output_padding(1);
    let down = |filters| Conv2d::new(filters, 3).stride(2).padding(Padding::explicit(1));
    let net =
        Sequential::new([28, 28, 1]).precision(precision).add(down(16)).add(Relu).add(down(32)).add(Relu);
    let net =
        net.add(Flatten).add(Dense::new(32)).add(Dense::new(1_568)).add(Relu).add(Reshape::new([7, 7, 32]));
    net.add(up(16)).add(Relu).add(up(1)).add(Sigmoid)
}

/// The first epochs of the autoencoder on drawn digits, and its loss behind them.
fn encoded(backend: impl Backend + 'static, precision: Precision, count: usize) -> [f64; 2] {
    let images = draw(0, Split::Train, count).pixels;
    let data = Dataset::autoencoder(Samples::images(images, [28, 28, 1]).unwrap());
    let optimizer = if backend.info().backend == "cpu" { Optimizer::adam(0.003) } else { adam(0.003) };
    let net = autoencoder(precision);
    let mut model = net.compile(backend, losses::MeanSquaredError, optimizer, 0).unwrap();
    let history = model.fit(&data, Fit::new().epochs(4).batch(8)).unwrap();
    [0, 3].map(|epoch| history.epochs[epoch].metrics.loss)
}

#[test]
fn an_autoencoder_of_transposed_convolutions_learns() {
    assert_eq!(autoencoder(Precision::F32).summary().unwrap().parameters(), 111_521);
    let [first, last] = encoded(Cpu::<f32>::with_threads(2).unwrap(), Precision::F32, 120);
    assert!(last < 0.7 * first && last < 0.08, "{first} {last}");
    for precision in [Precision::F32, Precision::F16] {
        let Some(gpu) = gpu() else { return };
        let [first, last] = encoded(Verify::new(gpu).unwrap(), precision, 16);
        assert!(last < first, "{precision:?}: {first} {last}");
    }
}

#[test]
fn the_steps_of_an_autoencoder_are_fused() {
    let data = Dataset::autoencoder(Samples::images(vec![0; 4 * 784], [28, 28, 1]).unwrap());
    let net = autoencoder(Precision::F32);
    let loss = losses::MeanSquaredError;
    let model = net.compile(Cpu::<f32>::new().unwrap(), loss, Optimizer::sgd(0.1), 0).unwrap();
    let training = model.training_program(&data, 4).unwrap().without_unread_steps().fused();
    let names: Vec<_> = training.steps().iter().map(wgrad::program::Step::name).collect();
    assert!(!names.iter().any(|name| name.starts_with("activation")), "{training}");
}

#[test]
fn half_precision_reads_halves_where_channels_are_multiples_of_four() {
    let training = model(Cpu::<f32>::new().unwrap(), Precision::F16).training_program(&lines(8), 4).unwrap();
    let of_half = |step: &wgrad::program::Step| {
        step.operands().iter().filter(|(_, tensor)| tensor.element == wgrad::Element::Half).count()
    };
    let halves: Vec<_> = training.steps().iter().filter(|s| s.name() == "conv").map(of_half).collect();
    assert_eq!(halves, [2, 3, 3], "{training}");
}

/// Smaller by a pool and as large as before again.
fn coder(precision: Precision) -> Sequential {
    Sequential::new([12, 12, 1])
        .precision(precision)
        .add(Conv2d::new(4, 3).padding(Padding::Same))
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Upsample::new([2, 1]))
        .add(ZeroPad2d::new([0, 1]))
        .add(Upsample::new([1, 2]).interpolation(Interpolation::Bilinear))
        .add(Conv2d::new(1, [1, 5]))
}

#[test]
fn a_coder_of_images_learns_in_both_precisions_and_every_step_on_a_gpu_is_right() {
    let images = Dataset::autoencoder(lines(32).inputs().clone());
    let fit = || Fit::new().epochs(8).batch(8);
    let losses = |backend: Box<dyn Backend>, precision| {
        let mut model = coder(precision).compile(backend, losses::MeanSquaredError, adam(0.01), 3).unwrap();
        let history = model.fit(&images, fit()).unwrap();
        [history.epochs.first(), history.last()].map(|epoch| epoch.unwrap().metrics.loss)
    };
    for precision in [Precision::F32, Precision::F16] {
        let [first, last] = losses(Box::new(Cpu::<f32>::with_threads(2).unwrap()), precision);
        assert!(last < 0.6 * first, "{precision:?}: from {first} to {last}");
        let Some(gpu) = gpu() else { return };
        let [_, on_gpu] = losses(Box::new(Verify::new(gpu).unwrap()), precision);
        assert!((on_gpu - last).abs() < 0.05 * last, "{precision:?}: {on_gpu}, not {last}");
    }
}

#[test]
fn larger_images_stay_halves_where_channels_are_multiples_of_four() {
    let cpu = Cpu::<f32>::new().unwrap();
    let model = coder(Precision::F16).compile(cpu, losses::MeanSquaredError, adam(0.01), 3).unwrap();
    let training = model.training_program(&Dataset::autoencoder(lines(8).inputs().clone()), 4).unwrap();
    for name in ["upsample", "upsample.gradient", "zero_pad"] {
        let steps = || training.steps().iter().filter(|step| step.name() == name);
        let is_half = |step: &wgrad::program::Step| {
            step.operands().iter().all(|(_, tensor)| tensor.element == wgrad::Element::Half)
        };
        assert!(steps().count() == 2 && steps().all(is_half), "{training}");
    }
}

#[test]
fn a_file_has_all_layers_and_a_checkpoint_goes_on_to_the_bit() {
    let (data, folder) = (lines(40), tempdir().unwrap());
    let cpu = || Cpu::<f32>::with_threads(2).unwrap();
    let others = [
        Sequential::new([12, 12, 1]).add(GlobalMaxPool2d).add(Dense::new(2)),
        Sequential::new([12, 12, 1]).add(GlobalAvgPool2d).add(Dense::new(2)),
        Sequential::new([12, 12])
            .add(Conv1d::new(3, 4).stride(2).padding(Padding::Same))
            .add(Flatten)
            .add(Dense::new(2)),
        Sequential::new([12, 12, 1])
            .add(
                ConvTranspose2d::new(3, 2)
                    .stride([2, 3])
                    .padding(Padding::explicit(1))
                    .output_padding([1, 0]),
            )
            .add(GlobalMaxPool2d)
            .add(Dense::new(2)),
        Sequential::new([12, 12, 1])
            .add(ZeroPad2d::new([0, 1, 2, 0]))
            .add(GroupNorm::new(1).epsilon(0.1))
            .add(Dropout2d::new(0.25))
            .add(Upsample::new([1, 2]))
            .add(Upsample::new(2).interpolation(Interpolation::Bilinear))
            .add(Flatten)
            .add(Dense::new(2)),
    ];
    for (number, net) in others.into_iter().chain([net(Precision::F32)]).enumerate() {
        let path = folder.path().join(format!("{number}.safetensors"));
        let loss = losses::SoftmaxCrossEntropy::new();
        let shape = net.input_shape().to_vec();
        let mut model = net.compile(cpu(), loss, Optimizer::sgd(0.1), 1).unwrap();
        model.save(&path).unwrap();
        let mut loaded = Model::load(&path, cpu()).unwrap();
        let samples = Samples::images((0..144).collect(), shape).unwrap();
        assert_eq!(loaded.predict(&samples).unwrap(), model.predict(&samples).unwrap());
        assert_eq!(format!("{}", loaded.summary().unwrap()), format!("{}", model.summary().unwrap()));
    }
    let path = folder.path().join("checkpoint.safetensors");
    let fit = |epochs| Fit::new().epochs(epochs).batch(16);
    let mut whole = model(cpu(), Precision::F32);
    whole.fit(&data, fit(4)).unwrap();
    model(cpu(), Precision::F32).fit(&data, fit(2).checkpoint(&path, Some(1))).unwrap();
    let mut resumed = model(cpu(), Precision::F32);
    resumed.fit(&data, fit(4).resume(&path)).unwrap();
    assert_eq!(resumed.predict(data.inputs()).unwrap(), whole.predict(data.inputs()).unwrap());
}
