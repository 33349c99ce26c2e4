//! Models of `Precision::F16`: how they train, how the loss scale follows, what they keep and what they need.

#[path = "half/skipped.rs"]
mod skipped;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "gpu/support.rs"]
mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use support::bindings;
use wgrad::backend::{Backend, Cpu, Gpu, Reference, Verify};
use wgrad::callback::{BatchProgress, Callback};
use wgrad::data::digits::{Split, draw};
use wgrad::error::NotFinite;
use wgrad::kernel::DeviceProfile;
use wgrad::layers::{Dense, Dropout, Gelu, GeluTanh, Relu, Sigmoid, Softmax, Tanh};
use wgrad::program::Program;
use wgrad::{
    Dataset, Element, Error, Fit, Model, Optimizer, Precision, Samples, Sequential, TensorFile, gradcheck,
    losses,
};

/// The tests' device, if it can bind the five operands of a loss with a scale.
fn gpu() -> Option<Gpu> {
    support::gpu().filter(|_| bindings() >= 5)
}

fn cpu() -> Cpu<f32> {
    Cpu::new().unwrap()
}

/// The first report's autoencoder, smaller.
fn net(precision: Precision) -> Sequential {
    let net = Sequential::new([784]).precision(precision).add(Dense::new(64)).add(Relu);
    net.add(Dense::new(16)).add(Relu).add(Dense::new(64)).add(Relu).add(Dense::new(784)).add(Sigmoid)
}

fn digits() -> Dataset {
    Dataset::autoencoder(Samples::images(draw(2, Split::Train, 80).pixels, [784]).unwrap())
}

fn compile(net: Sequential, backend: impl Backend + 'static) -> Model {
    net.compile(backend, losses::MeanSquaredError, Optimizer::adam(0.002), 5).unwrap()
}

fn losses(model: &mut Model, data: &Dataset) -> Vec<f64> {
    let history = model.fit(data, Fit::new().epochs(5).batch(32).validation(data)).unwrap();
    history.epochs.iter().flat_map(|epoch| [epoch.metrics.loss, epoch.validation.unwrap().loss]).collect()
}

fn assert_near(found: &[f64], wanted: &[f64], tolerance: f64) {
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= tolerance * wanted, "{found:?} and {wanted:?}");
    }
}

/// One of each: layers and losses that take no halves, widths that are no multiples of 4, clipping, decay.
fn mixed(backend: impl Backend + 'static) -> (Model, Dataset) {
    let images = draw(2, Split::Train, 60);
    let labels = images.labels.clone();
    let data = Dataset::classification(Samples::images(images.pixels, [784]).unwrap(), labels).unwrap();
    let net = Sequential::new([784]).precision(Precision::F16).add(Dropout::new(0.1));
    let net =
        net.add(Dense::new(32)).add(Gelu).add(Dense::new(30)).add(Tanh).add(Dense::new(24)).add(GeluTanh);
    let net = net.add(Dense::new(24)).add(Relu);
    let net = net.add(Dense::new(16)).add(Softmax).add(Dense::new(20)).add(Tanh).add(Dropout::new(0.1));
    let optimizer = Optimizer::adam_w(0.01, 0.01).clip_norm(0.5);
    let net = net.add(Dense::new(12));
    (net.compile(backend, losses::SoftmaxCrossEntropy::new(), optimizer, 5).unwrap(), data)
}

// === Training ===

#[test]
fn halves_train_as_well_as_reals() {
    let data = digits();
    let reals = losses(&mut compile(net(Precision::F32), cpu()), &data);
    let halves = losses(&mut compile(net(Precision::F16), cpu()), &data);
    assert!(halves != reals && halves[9] < 0.8 * halves[0], "{halves:?}");
    assert_near(&halves, &reals, 2e-3);
}

#[test]
fn the_gpu_trains_as_the_cpu_does_packed_or_native() {
    let data = digits();
    let on_cpu = losses(&mut compile(net(Precision::F16), cpu()), &data);
    for f16 in [false, true] {
        let Some(gpu) = gpu() else { return };
        let profile = DeviceProfile { f16: f16 && gpu.has_f16(), ..gpu.profile() };
        let mut model = compile(net(Precision::F16), gpu.with_profile(profile));
        assert_near(&losses(&mut model, &data), &on_cpu, 2e-3);
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let train = |threads| {
        let mut model = compile(net(Precision::F16), Cpu::<f32>::with_threads(threads).unwrap());
        (losses(&mut model, &digits()), model.snapshot().unwrap())
    };
    let once = train(1);
    assert!([2, 3, 7].into_iter().all(|threads| train(threads) == once));
}

#[test]
fn every_layer_loss_and_width_trains_and_agrees_step_by_step() {
    let (mut plain, data) = mixed(cpu());
    let history = plain.fit(&data, Fit::new().epochs(4).batch(16)).unwrap();
    assert!(history.epochs[3].metrics.loss < history.epochs[0].metrics.loss, "{:?}", history.epochs);
    let Some(gpu) = gpu() else { return };
    let (mut verified, data) = mixed(Verify::new(gpu).unwrap());
    verified.fit(&data, Fit::new().epochs(4).batch(16)).unwrap();
    // What is verified goes on with the reference's numbers; held against itself it has recorded the same steps.
    let (mut reference, _) = mixed(Verify::new(Reference::<f32>::new()).unwrap());
    reference.fit(&data, Fit::new().epochs(4).batch(16)).unwrap();
    assert_eq!(reference.snapshot().unwrap(), verified.snapshot().unwrap());
    let [predictions, again] =
        [&mut reference, &mut verified].map(|model| model.predict(data.inputs()).unwrap());
    assert_eq!(predictions, again);
}

#[test]
fn a_gradient_check_goes_by_reals_whatever_the_precision() {
    let net = |precision| Sequential::new([8]).precision(precision).add(Dense::new(4)).add(Tanh);
    let numbers = |cols| ndarray::Array2::from_shape_fn((8, cols), |(i, j)| (i * 3 + j) as f32 / 30.0);
    let data = Dataset::regression(numbers(8).view(), numbers(4).view()).unwrap();
    let check = |precision| gradcheck(&net(precision), losses::MeanSquaredError, &data, 1).unwrap();
    assert!(check(Precision::F16).passes());
    assert_eq!(check(Precision::F16).to_string(), check(Precision::F32).to_string());
}

// === The loss scale ===

/// A model whose output's gradient overflows halves until the loss scale is small.
fn overflowing(backend: impl Backend + 'static, rate: f32) -> (Model, Dataset) {
    let numbers = |factor: f32| ndarray::Array2::from_shape_fn((8, 4), |(i, j)| factor * (i + j) as f32);
    let data = Dataset::regression(numbers(0.1).view(), numbers(3e3).view()).unwrap();
    let net = Sequential::new([4]).precision(Precision::F16).add(Dense::new(8)).add(Relu).add(Dense::new(4));
    (net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(rate), 5).unwrap(), data)
}

/// The loss scale in a checkpoint, and the steps since it changed.
fn scale(model: &mut Model, data: &Dataset, epochs: usize) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    model.fit(data, Fit::new().epochs(epochs).batch(8).checkpoint(&path, 1000)).unwrap();
    TensorFile::read(&path).unwrap().reals("wgrad/loss_scale").unwrap().into_iter().collect()
}

fn assert_recovers(new: impl Fn() -> (Model, Dataset)) {
    let (mut model, data) = new();
    let before = model.snapshot().unwrap();
    assert_eq!(scale(&mut model, &data, 1), [32_768.0, 0.0]);
    assert_eq!(model.snapshot().unwrap(), before, "a step that overflowed has changed the weights");
    let found = scale(&mut model, &data, 20);
    assert!(found[0] < 32_768.0 && found[0] >= 1.0 && found[1] > 5.0, "{found:?}");
    let after = model.snapshot().unwrap();
    assert!(after != before);
    assert!(model.evaluate(&data).unwrap().loss.is_finite());
}

#[test]
fn a_gradient_that_overflows_skips_the_update_and_halves_the_scale() {
    assert_recovers(|| overflowing(cpu(), 1e-7));
    let Some(gpu) = gpu() else { return };
    let native = DeviceProfile { f16: gpu.has_f16(), ..gpu.profile() };
    assert_recovers(|| overflowing(gpu.another().unwrap(), 1e-7));
    assert_recovers(|| overflowing(gpu.another().unwrap().with_profile(native), 1e-7));
    assert_recovers(|| overflowing(Verify::new(gpu.another().unwrap()).unwrap(), 1e-7));
}

#[test]
fn the_scale_grows_after_two_thousand_good_steps() {
    let data =
        Dataset::regression(ndarray::Array2::ones((1, 4)).view(), ndarray::Array2::ones((1, 4)).view());
    let net = || Sequential::new([4]).precision(Precision::F16).add(Dense::new(4));
    assert_eq!(scale(&mut compile(net(), cpu()), data.as_ref().unwrap(), 1_999), [65_536.0, 1_999.0]);
    assert_eq!(scale(&mut compile(net(), cpu()), data.as_ref().unwrap(), 2_001), [131_072.0, 1.0]);
}

#[test]
fn gradients_that_overflow_whatever_the_scale_end_the_training_and_change_nothing() {
    let numbers = |factor: f32| ndarray::Array2::from_shape_fn((8, 4), |(i, j)| factor * (i + j) as f32);
    let data = Dataset::regression(numbers(0.1).view(), numbers(1e15).view()).unwrap();
    let backends = [Some(Box::new(cpu()) as Box<dyn Backend>), gpu().map(|gpu| Box::new(gpu) as _)];
    for backend in backends.into_iter().flatten() {
        let net = Sequential::new([4]).precision(Precision::F16).add(Dense::new(4));
        let mut model = compile(net, backend);
        let before = model.snapshot().unwrap();
        let error = model.fit(&data, Fit::new().epochs(60).batch(8)).unwrap_err();
        let Error::NotFinite { epoch: 30..40, cause: NotFinite::LossScale { scale }, .. } = error else {
            panic!("{error}")
        };
        assert_eq!((scale, model.snapshot().unwrap()), (1.0 / 65_536.0, before));
    }
}

#[test]
fn who_diverges_is_told_so() {
    // The weights leave what halves can hold.
    let (mut model, data) = overflowing(cpu(), 1e3);
    let error = model.fit(&data, Fit::new().epochs(60).batch(8)).unwrap_err();
    let Error::NotFinite { cause: NotFinite::Step { op, .. }, .. } = &error else { panic!("{error}") };
    assert!(["convert", "dense", "loss"].contains(&op.as_str()), "{error}");
}

// === What is kept ===

#[test]
fn resuming_gives_the_bits_of_a_training_without_a_break() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let fit = |epochs| Fit::new().epochs(epochs).batch(8);
    let (mut whole, data) = overflowing(cpu(), 1e-7);
    whole.fit(&data, fit(30)).unwrap();
    let (mut first, _) = overflowing(cpu(), 1e-7);
    first.fit(&data, fit(4).checkpoint(&path, 4)).unwrap();
    let (mut second, _) = overflowing(cpu(), 1e-7);
    second.fit(&data, fit(30).resume(&path)).unwrap();
    assert_eq!(second.snapshot().unwrap(), whole.snapshot().unwrap());
}

/// 60 batches an epoch.
fn two_epochs<'a>() -> Fit<'a> {
    Fit::new().epochs(2).batch(1)
}

/// Leaves a training of everything in the middle of an epoch, and goes on with it.
fn goes_on(new: impl Fn() -> Box<dyn Backend>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let flag = AtomicBool::new(false);
    let (mut left, data) = mixed(new());
    let mut interrupt = Interrupt(&flag);
    let fit = two_epochs().checkpoint(&path, None).interrupt(&flag).callback(&mut interrupt);
    let error = left.fit(&data, fit).unwrap_err();
    assert!(matches!(error, Error::Interrupted { epoch: 1, batches: 32, .. }), "{error}");
    let [mut resumed, mut whole] = [(); 2].map(|()| mixed(new()).0);
    resumed.fit(&data, two_epochs().resume(&path)).unwrap();
    whole.fit(&data, two_epochs()).unwrap();
    assert_eq!(resumed.snapshot().unwrap(), whole.snapshot().unwrap());
}

#[test]
fn a_break_in_the_middle_of_an_epoch_changes_no_bit() {
    goes_on(|| Box::new(cpu()));
    let Some(gpu) = gpu() else { return };
    goes_on(|| Box::new(gpu.another().unwrap()));
}

/// Ends the training after the batches under way.
struct Interrupt<'a>(&'a AtomicBool);

impl Callback for Interrupt<'_> {
    fn on_batches(&mut self, _: &BatchProgress) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_model_of_reals_does_not_go_on_from_a_training_of_halves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let fit = |epochs| Fit::new().epochs(epochs).batch(8);
    let (mut first, data) = overflowing(cpu(), 1e-7);
    first.fit(&data, fit(1).checkpoint(&path, 1)).unwrap();
    let reals = Sequential::new([4]).add(Dense::new(8)).add(Relu).add(Dense::new(4));
    let mut reals = reals.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(1e-7), 5).unwrap();
    let error = reals.fit(&data, fit(30).resume(&path)).unwrap_err().to_string();
    assert!(error.contains("precision"), "{error}");
}

#[test]
fn a_saved_model_keeps_its_precision_and_its_weights_in_32_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let data = digits();
    let mut model = compile(net(Precision::F16), cpu());
    losses(&mut model, &data);
    model.save(&path).unwrap();
    let mut loaded = Model::load(&path, cpu()).unwrap();
    assert_eq!(loaded.snapshot().unwrap(), model.snapshot().unwrap());
    assert_eq!(loaded.predict(data.inputs()).unwrap(), model.predict(data.inputs()).unwrap());
    assert_eq!(loaded.precision(), Precision::F16);
    assert!(model.summary().unwrap().to_string().ends_with("; products of f16, 206.7 kB"));
}

// === Memory ===

/// Bytes of a training program's buffers that are named so.
fn bytes(program: &Program, named: impl Fn(&str) -> bool) -> usize {
    let infos = program.buffers().values().filter(|info| named(&info.name));
    infos.map(|info| info.len * info.element.bytes()).sum()
}

#[test]
fn weights_that_products_read_and_activations_take_half_the_memory() {
    let data = digits();
    let [reals, halves] = [Precision::F32, Precision::F16]
        .map(|precision| compile(net(precision), cpu()).training_program(&data, 64).unwrap());
    let layers =
        |name: &str| name == "x" || ["relu", "sigmoid", "dense"].iter().any(|kind| name.contains(kind));
    let [of_reals, of_halves] = [&reals, &halves].map(|program| bytes(program, layers));
    assert_eq!(
        (of_reals, of_halves),
        (64 * 4 * (784 + 64 + 16 + 64 + 784 + 64 + 16 + 64 + 784), of_reals / 2)
    );
    let read = |program: &Program| {
        let dense = program.steps().iter().filter(|step| step.name() == "dense");
        dense.map(|step| step.operands()[1].1).map(|t| t.len() * t.element.bytes()).sum::<usize>()
    };
    assert_eq!(read(&halves), read(&reals) / 2);
    let mixed = halves.steps().iter().filter(|step| step.name().starts_with("dense"));
    let batched = mixed.flat_map(|step| step.operands()).filter(|(_, tensor)| tensor.is_batched());
    assert!(batched.into_iter().all(|(_, tensor)| tensor.element == Element::Half));
}
