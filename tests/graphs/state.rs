//! State that no gradient changes: it follows, stays where it must, and comes back from files.

use ndarray::Array2;
use wgrad::backend::{Backend, Cpu, Reference, Verify};
use wgrad::layers::{Context, Dense, Layer, Shaped, Tanh, one};
use wgrad::ops::{BatchSum, Binary, Elementary, Function, Operation};
use wgrad::{
    Dataset, Element, Fit, Init, LayerError, Model, Optimizer, Precision, Sequential, gradcheck, losses,
};

use crate::draws::Draws;
use crate::{adam_gpu, tempdir};

const BATCH: usize = 4;

/// Takes the running mean of its inputs away from them; batches are full.
#[derive(Debug)]
struct Centred;

impl Layer for Centred {
    fn kind(&self) -> &'static str {
        "centred"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?.tensor();
        let running = cx.state("mean", [x.cols], Init::Zeros)?;
        let (share, y) = (cx.output([x.cols]), cx.output([x.cols]));
        let mean = cx.tape().tensor("mean", Element::Real, 1, x.cols);
        let function = Function::Scaled(1.0 / BATCH as f32);
        cx.tape().push(Elementary { function, x, y: share.tensor() });
        cx.tape().push(BatchSum { x: share.tensor(), y: mean });
        cx.update_state(running, mean, 0.75)?;
        cx.tape().push(Binary { operation: Operation::Difference, a: x, b: running, y: y.tensor() });
        Ok(y)
    }
}

fn data() -> (Dataset, Array2<f32>) {
    let mut draws = Draws(3);
    let inputs = draws.matrix(12, 8).mapv(|x| x + 2.0);
    (Dataset::regression(inputs.view(), draws.matrix(12, 4).view()).unwrap(), inputs)
}

fn net(precision: Precision) -> Sequential {
    let net = Sequential::new([8]).precision(precision).add_named("norm", Centred);
    net.add(Dense::new(4)).add(Tanh).add(Dense::new(4))
}

fn model(backend: impl Backend + 'static) -> Model {
    let optimizer = Optimizer::adam_w(0.02, 0.5).clip_norm(1.0);
    net(Precision::F32).compile(backend, losses::MeanSquaredError, optimizer, 0).unwrap()
}

fn fit<'a>(epochs: usize) -> Fit<'a> {
    Fit::new().epochs(epochs).batch(BATCH).unshuffled()
}

/// The running mean after so many epochs.
fn wanted(inputs: &Array2<f32>, epochs: usize) -> Vec<f64> {
    let mut running = vec![0.0; 8];
    for _ in 0..epochs {
        for batch in inputs.outer_iter().collect::<Vec<_>>().chunks(BATCH) {
            for (column, running) in running.iter_mut().enumerate() {
                let mean = batch.iter().map(|row| f64::from(row[column])).sum::<f64>() / BATCH as f64;
                *running = 0.75 * *running + 0.25 * mean;
            }
        }
    }
    running
}

fn assert_follows(backend: impl Backend + 'static) {
    let (data, inputs) = data();
    let mut model = model(backend);
    model.fit(&data, fit(3).validation(&data)).unwrap();
    let found = model.parameter("norm.mean").unwrap();
    let wanted = wanted(&inputs, 3);
    assert!(
        found.iter().zip(&wanted).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5),
        "{found} and {wanted:?}"
    );
    model.evaluate(&data).unwrap();
    assert_eq!(model.parameter("norm.mean").unwrap(), found, "only training changes it");
}

#[test]
fn it_follows_on_every_backend_and_only_in_training() {
    assert_follows(Cpu::<f64>::new().unwrap());
    assert_follows(Reference::<f64>::new());
    for threads in [1, 3] {
        assert_follows(Cpu::<f32>::with_threads(threads).unwrap());
    }
    let Some(device) = adam_gpu() else { return };
    assert_follows(Verify::new(device).unwrap());
}

#[test]
fn its_net_has_the_right_gradients_and_state_has_none() {
    let (data, _) = data();
    let check = gradcheck(&net(Precision::F32), losses::MeanSquaredError, &data, 0).unwrap();
    assert!(check.passes() && !check.rows.iter().any(|row| row.name.contains("mean")), "{check}");
}

#[test]
fn frozen_state_stays() {
    let (data, _) = data();
    let mut model = model(Cpu::<f32>::new().unwrap());
    model.fit(&data, fit(1)).unwrap();
    let before = model.parameter("norm.mean").unwrap();
    model.freeze("norm").unwrap();
    assert_eq!(model.frozen().collect::<Vec<_>>(), ["norm.mean"]);
    model.fit(&data, fit(1)).unwrap();
    assert_eq!(model.parameter("norm.mean").unwrap(), before);
    model.thaw("norm").unwrap();
    model.fit(&data, fit(1)).unwrap();
    assert_ne!(model.parameter("norm.mean").unwrap(), before);
}

#[test]
fn it_comes_back_from_files_and_checkpoints() {
    let (data, _) = data();
    let folder = tempdir().unwrap();
    let (weights, checkpoint) = (folder.path().join("w.safetensors"), folder.path().join("c.safetensors"));
    let cpu = || Cpu::<f32>::new().unwrap();
    let mut unbroken = model(cpu());
    unbroken.fit(&data, fit(4)).unwrap();
    let mut broken = model(cpu());
    broken.fit(&data, fit(2).checkpoint(&checkpoint, 1)).unwrap();
    let mut resumed = model(cpu());
    resumed.fit(&data, fit(4).resume(&checkpoint)).unwrap();
    assert_eq!(resumed.snapshot().unwrap(), unbroken.snapshot().unwrap());
    unbroken.save(&weights).unwrap();
    let mut loaded = model(cpu());
    loaded.load_weights(&weights).unwrap();
    assert_eq!(loaded.predict(data.inputs()).unwrap(), unbroken.predict(data.inputs()).unwrap());
}

/// A step whose gradients overflow does not count: neither for the weights nor for state.
#[test]
fn a_skipped_step_leaves_it() {
    let (data, inputs) = data();
    let net = net(Precision::F16);
    let mut model =
        net.compile(Cpu::<f32>::new().unwrap(), losses::MeanSquaredError, Optimizer::sgd(0.01), 0).unwrap();
    model.set_parameter("dense_2.weight", Array2::from_elem((4, 4), 2e4).view()).unwrap();
    model.fit(&data, fit(1)).unwrap();
    let moved = model.parameter("norm.mean").unwrap();
    let whole = wanted(&inputs, 1);
    assert!(f64::from(moved[[0, 0]]) < 0.99 * whole[0], "no step was skipped: {moved} and {whole:?}");
}

#[test]
fn state_that_cannot_be_is_refused() {
    #[derive(Debug)]
    struct Wrong(f32, usize);
    impl Layer for Wrong {
        fn kind(&self) -> &'static str {
            "wrong"
        }

        fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
            let state = cx.state("mean", [3], Init::Zeros)?;
            let value = cx.tape().tensor("value", Element::Real, 1, self.1);
            cx.update_state(state, value, self.0)?;
            Ok(inputs[0].clone())
        }
    }
    for (layer, words) in [(Wrong(1.0, 3), ["momentum 1", "less than 1"]), (Wrong(0.9, 4), ["1×3", "1×4"])]
    {
        let error = Sequential::new([3]).add(layer).summary().unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}
