//! Activations from outside the crate, held to what the crate's own are held to.

#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "gpu/support.rs"]
mod support;

use ndarray::{Array2, ArrayView1};
use support::{bindings, gpu};
use wgrad::backend::{Backend, Cpu, Verify};
use wgrad::kernel::{DeviceProfile, Source};
use wgrad::layers::{Dense, Layer, Relu};
use wgrad::op::Domain;
use wgrad::ops::activation::{Activation, Elementwise};
use wgrad::ops::loss::{Elements, LossGradient};
use wgrad::ops::{Activate, ActivationGradient, Dense as Product, ElementLoss, InputGradient};
use wgrad::program::Program;
use wgrad::random::Stream;
use wgrad::self_check::check_programs;
use wgrad::{
    Dataset, Element, Fit, LayerError, Model, Op, OpError, Precision, Real, Recorder, Sequential, Tensor,
    gradcheck, losses,
};

/// `f(x) = x / (1 + e^-βx)` (Ramachandran, Zoph and Le, 2017), whose slope needs the argument.
#[derive(Clone, Debug, PartialEq)]
struct Swish {
    beta: f32,
}

impl Elementwise for Swish {
    const NAME: &'static str = "swish";
    const SLOPE_FROM_OUTPUT: bool = false;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = true;
    const SOURCES: &'static [Source] = &[Source {
        name: "swish.wgsl",
        text: "
            override BETA: f32;
            fn swish_share(z: f32) -> f32 {
                let e = exp(-abs(z));
                return or_nan(select(1.0, e, is_negative(z)) / (1.0 + e), z);
            }
            fn activation(x: f32) -> f32 { return x * swish_share(BETA * x); }
            fn slope(x: f32) -> f32 {
                let z = BETA * clamp(x, -100.0, 100.0);
                return or_nan(swish_share(z) * (1.0 + z * swish_share(-z)), x);
            }
        ",
    }];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        x * share(T::of(self.beta.into()) * x)
    }

    #[inline(always)]
    fn slope<T: Real>(&self, x: T) -> T {
        let z = T::of(self.beta.into()) * x;
        share(z) * (T::one() + z * share(-z))
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("BETA", self.beta.into())]
    }

    fn check(&self) -> Result<(), OpError> {
        if self.beta.is_finite() { Ok(()) } else { Err(format!("it has a beta of {}", self.beta).into()) }
    }

    fn example() -> Self {
        Self { beta: 1.5 }
    }
}

#[inline(always)]
fn share<T: Real>(z: T) -> T {
    let e = (-z.abs()).exp_nonpositive();
    if z < T::zero() { e / (T::one() + e) } else { T::one() / (T::one() + e) }
}

/// `f(x) = a x / √(1 + x²)`, whose slope, `a (1 - (f/a)²)^1.5`, comes from the output. On the CPU the slope is multiplied by
/// `FACTOR`; on GPUs it is right unless it is `STEEP`.
#[derive(Clone, Debug, PartialEq)]
struct Root<const FACTOR: u8 = 1, const STEEP: bool = false> {
    a: f32,
}

const VALUE: Source = Source {
    name: "root.wgsl",
    text: "
        override A: f32;
        fn activation(x: f32) -> f32 {
            let near = clamp(x, -1e9, 1e9);
            return or_nan(A * near / sqrt(1.0 + near * near), x);
        }
        fn root_left(y: f32) -> f32 { return max((1.0 - y / A) * (1.0 + y / A), 0.0); }
    ",
};

const SLOPE: Source = Source {
    name: "root_slope.wgsl",
    text: "fn slope(y: f32) -> f32 { return or_nan(A * root_left(y) * sqrt(root_left(y)), y); }",
};

const STEEP_SLOPE: Source = Source {
    name: "root_steep.wgsl",
    text: "fn slope(y: f32) -> f32 { return or_nan(A * root_left(y) * root_left(y), y); }",
};

impl<const FACTOR: u8, const STEEP: bool> Elementwise for Root<FACTOR, STEEP> {
    const NAME: &'static str = "root";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::Signed;
    const APPROXIMATED: bool = false;
    const SOURCES: &'static [Source] = &[VALUE, if STEEP { STEEP_SLOPE } else { SLOPE }];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        T::of(self.a.into()) * x / (T::one() + x * x).sqrt()
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        let a = T::of(self.a.into());
        let left = ((T::one() - y / a) * (T::one() + y / a)).max(T::zero());
        T::of(FACTOR.into()) * a * left * left.sqrt()
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("A", self.a.into())]
    }

    fn example() -> Self {
        Self { a: 1.0 }
    }
}

const ROOT: Root = Root { a: 0.75 };

fn both() -> [Activation; 2] {
    [Activation::custom(Swish::example()), Activation::custom(ROOT)]
}

// === Ops ===

/// A program of one step.
fn single<O: Op>(
    record: impl FnOnce(&mut dyn FnMut(&str, usize) -> Tensor) -> O,
    element: Element,
) -> Program {
    let mut tape = Recorder::new("custom", 13);
    let op = record(&mut |name, cols| match name {
        "weight" => tape.tensor(name, element, cols, cols),
        "losses" => tape.batched(name, cols),
        _ => tape.batched_of(name, element, cols),
    });
    tape.push(op);
    tape.finish().unwrap()
}

/// Every op with an activation in it.
fn programs(activation: &Activation, element: Element, widths: &[usize]) -> Vec<Program> {
    let mut programs = Vec::new();
    for cols in widths.iter().copied() {
        let f = || activation.clone();
        programs.push(single(|of| Activate { activation: f(), x: of("x", cols), y: of("y", cols) }, element));
        let gradient = |of: &mut dyn FnMut(&str, usize) -> Tensor| ActivationGradient {
            activation: f(),
            at: of("at", cols),
            dy: of("dy", cols),
            dx: of("dx", cols),
        };
        programs.push(single(gradient, element));
        if !activation.slope_from_output() {
            continue;
        }
        let product = |of: &mut dyn FnMut(&str, usize) -> Tensor| Product {
            x: of("x", cols),
            weight: of("weight", cols),
            y: of("y", cols),
            activation: f(),
        };
        let input_gradient = |of: &mut dyn FnMut(&str, usize) -> Tensor| {
            let slope = Some((f(), of("made", cols)));
            InputGradient { dz: of("dz", cols), weight: of("weight", cols), dx: of("dx", cols), slope }
        };
        programs.extend([single(product, element), single(input_gradient, element)]);
        for loss in Elements::examples() {
            let of_loss = |of: &mut dyn FnMut(&str, usize) -> Tensor| {
                let plain = ElementLoss::new(loss, of("p", cols), of("t", cols), of("losses", 1));
                let gradient = LossGradient::of_mean(of("gradient", cols));
                ElementLoss { gradient: Some(LossGradient { activation: f(), ..gradient }), ..plain }
            };
            programs.push(single(of_loss, element));
        }
    }
    programs
}

fn every_program(activation: &Activation) -> Vec<Program> {
    let mut all = programs(activation, Element::Real, &[1, 13, 64]);
    all.extend(programs(activation, Element::Half, &[4, 64]));
    all
}

#[track_caller]
fn assert_agrees(device: impl Backend + 'static, activation: &Activation) {
    let check = check_programs(device, &every_program(activation)).unwrap();
    assert!(check.passed(), "{activation:?}: {check}");
}

#[test]
fn every_backend_computes_the_same() {
    for activation in both() {
        assert_agrees(Cpu::<f32>::with_threads(2).unwrap(), &activation);
        assert_agrees(Cpu::<f64>::with_threads(2).unwrap(), &activation);
        for other in [false, true] {
            let Some(gpu) = gpu() else { return };
            let profile = DeviceProfile { software: gpu.profile().software != other, ..gpu.profile() };
            assert_agrees(gpu.with_profile(profile), &activation);
        }
    }
}

#[test]
fn a_slope_that_is_wrong_on_the_gpu_is_found_in_every_op_with_it() {
    let Some(gpu) = gpu() else { return };
    let wrong = Activation::custom(Root::<1, true>::example());
    let check = check_programs(gpu, &every_program(&wrong)).unwrap();
    let failed: Vec<_> = check.failures().map(|op| op.name).collect();
    assert_eq!(failed, ["activation.gradient", "dense.input_gradient", "loss"], "{check}");
}

// === Models ===

fn drawn(seed: u64, rows: usize, cols: usize) -> Array2<f32> {
    let mut stream = Stream::numbered(seed, 5);
    Array2::from_shape_simple_fn((rows, cols), || stream.uniform(-1.0, 1.0) as f32)
}

/// Samples of three numbers, and what a rule makes of them.
fn data(rows: usize) -> Dataset {
    let inputs = drawn(1, rows, 3);
    let rule = |row: ArrayView1<'_, f32>| 0.5 * (row[0] * row[1] - row[2]);
    let targets = Array2::from_shape_fn((rows, 1), |(i, _)| rule(inputs.row(i)));
    Dataset::regression(inputs.view(), targets.view()).unwrap()
}

/// Each activation behind a dense layer, and one behind another.
fn net() -> Sequential {
    let net = Sequential::new([3]).add(Dense::new(8)).add(ROOT).add(Dense::new(8)).add(Swish { beta: 1.5 });
    net.add(Activation::custom(ROOT)).add(Dense::new(1)).add(Root::<1, false>::example())
}

fn compile(net: Sequential, backend: impl Backend + 'static) -> Model {
    net.compile(backend, losses::MeanSquaredError, support::adam(0.02), 3).unwrap()
}

fn losses(model: &mut Model) -> Vec<f64> {
    let history = model.fit(&data(40), Fit::new().epochs(12).batch(8)).unwrap();
    history.epochs.iter().map(|epoch| epoch.metrics.loss).collect()
}

#[test]
fn they_are_fused_where_the_slope_comes_from_the_output() {
    let model = compile(net(), Cpu::<f32>::new().unwrap());
    let program = model.training_program(&data(40), 8).unwrap();
    let count = |name: &str| program.steps().iter().filter(|step| step.name() == name).count();
    assert_eq!((count("dense"), count("activation"), count("activation.gradient")), (3, 2, 1), "{program}");
}

#[test]
fn they_train_on_every_backend_and_every_step_agrees() {
    let wanted = losses(&mut compile(net(), Cpu::<f64>::new().unwrap()));
    assert!(wanted[11] < 0.3 * wanted[0], "{wanted:?}");
    let near = |found: Vec<f64>, share: f64| {
        let far = found.iter().zip(&wanted).any(|(found, wanted)| (found - wanted).abs() > share * wanted);
        assert!(!far, "{found:?} and {wanted:?}");
    };
    near(losses(&mut compile(net(), Cpu::<f32>::new().unwrap())), 1e-4);
    let Some(gpu) = gpu() else { return };
    near(losses(&mut compile(net(), gpu.another().unwrap())), 1e-4);
    near(losses(&mut compile(net(), Verify::new(gpu.another().unwrap()).unwrap())), 1e-4);
    if bindings() >= 5 {
        near(losses(&mut compile(net().precision(Precision::F16), gpu)), 0.1);
    }
}

#[test]
fn their_gradients_are_checked() {
    let check = gradcheck(&net(), losses::MeanSquaredError, &data(8), 0).unwrap();
    assert!(check.passes(), "{check}");
    let wrong = Sequential::new([3]).add(Dense::new(1)).add(Root::<2, false>::example());
    let check = gradcheck(&wrong, losses::MeanSquaredError, &data(8), 0).unwrap();
    assert!(!check.passes() && check.failures().count() == 3, "{check}");
}

#[test]
fn they_are_equal_where_type_and_settings_are() {
    let swish = |beta| Activation::custom(Swish { beta });
    assert_eq!(swish(1.5), swish(1.5).clone());
    assert_ne!(swish(1.5), swish(1.0));
    assert_ne!(
        Activation::custom(Root::<1, false> { a: 1.5 }),
        Activation::custom(Root::<2, false> { a: 1.5 })
    );
    assert_eq!(Activation::custom(Relu), Activation::Relu(Relu));
    assert_eq!(format!("{:?}", swish(1.5)), "Custom(Custom(Swish { beta: 1.5 }))");
}

#[test]
fn settings_that_make_none_are_refused() {
    let net = Sequential::new([3]).add(Swish { beta: f32::NAN });
    let error = net.summary().unwrap_err().to_string();
    assert!(error.contains("a beta of NaN"), "{error}");
}

// === Files ===

/// What a file's kinds and settings mean.
fn build(kind: &str, settings: &serde_json::Value) -> Option<Result<Box<dyn Layer>, LayerError>> {
    let real = |name: &str| {
        settings[name].as_f64().map(|value| value as f32).ok_or(LayerError::new(format!("it has no {name}")))
    };
    match kind {
        Swish::NAME => Some(real("beta").map(|beta| Box::new(Swish { beta }) as Box<dyn Layer>)),
        Root::<1, false>::NAME => {
            Some(real("a").map(|a| Box::new(Activation::custom(Root::<1, false> { a })) as Box<dyn Layer>))
        }
        _ => None,
    }
}

#[test]
fn files_have_their_names_and_constants() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut model = compile(net(), Cpu::<f32>::new().unwrap());
    losses(&mut model);
    model.save(&path).unwrap();
    let read = Sequential::load_with(&path, &build).unwrap();
    assert_eq!(read.summary().unwrap().to_string(), net().summary().unwrap().to_string());
    let mut again = compile(read, Cpu::<f32>::new().unwrap());
    again.load_weights(&path).unwrap();
    assert_eq!(again.evaluate(&data(40)).unwrap(), model.evaluate(&data(40)).unwrap());
    let error = Sequential::load(&path).unwrap_err().to_string();
    assert!(error.contains("no layer of kind \"root\""), "{error}");
}
