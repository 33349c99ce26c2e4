//! Passes over programs change the number of steps, and never what a net learns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wgrad::backend::{Backend, BackendInfo, Cpu, ProgramId, Reference, Values};
use wgrad::kernel::{DeviceProfile, Kernel};
use wgrad::layers::{
    Context, Dense, Dropout, Embedding, Flatten, Gelu, Layer, Prelu, Relu, Shaped, Sigmoid, Tanh, one,
};
use wgrad::op::{AnyOp, Split, Use, Views};
use wgrad::ops::Dense as Product;
use wgrad::program::{Batch, Program};
use wgrad::{
    Dataset, Fit, Graph, LayerError, Loss, Op, OpError, Optimizer, Precision, Real, Result, Samples,
    Sequential, Tensor, losses,
};

use crate::{NETS, data, drawn, gpu, support};

/// A backend on which models are recorded with joined steps or without, and how many steps their programs had.
struct Passes<B> {
    backend: B,
    join: bool,
    steps: Arc<AtomicUsize>,
}

impl<B: Backend> Backend for Passes<B> {
    fn info(&self) -> BackendInfo {
        self.backend.info()
    }
    fn profile(&self) -> DeviceProfile {
        self.backend.profile()
    }
    fn joins_steps(&self) -> bool {
        self.join
    }
    fn most_operands(&self) -> usize {
        self.backend.most_operands()
    }
    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        let id = self.backend.compile(program)?;
        // A GPU's own pass leaves fewer dispatches than there are steps.
        let steps = Some(self.backend.dispatches(id)).filter(|dispatches| *dispatches > 0);
        self.steps.fetch_add(steps.unwrap_or(program.steps().len()), Ordering::Relaxed);
        Ok(id)
    }
    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.backend.write(tensor, values)
    }
    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        self.backend.run(program, batches)
    }
    fn release(&mut self, program: ProgramId) {
        self.backend.release(program);
    }
    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.backend.read(tensor)
    }
}

/// A net, its loss and what it learns.
struct Case {
    name: &'static str,
    net: fn() -> Graph,
    loss: Arc<dyn Loss>,
    data: Dataset,
}

fn cases() -> Vec<Case> {
    let mse: Arc<dyn Loss> = Arc::new(losses::MeanSquaredError);
    let dense: fn() -> Graph = || {
        let net = Sequential::new([24]).add(Dense::new(20)).add(Relu).add(Dropout::new(0.3));
        let net = net.add(Dense::new(12)).add(Gelu).add(Dense::new(8).without_bias()).add(Tanh);
        net.add(Dense::new(8)).add(Prelu).add(Dense::new(3)).add(Sigmoid).into()
    };
    let tokens: fn() -> Graph = || {
        let net = Sequential::integers([4]).add(Embedding::new(9, 6)).add(Flatten);
        net.add(Dense::new(12)).add(Tanh).add(Dense::new(3)).into()
    };
    let chances = drawn(4, 40, 3).mapv(|x| 0.5 + x / 2.0);
    let of_chances = Dataset::regression(drawn(1, 40, 24).view(), chances.view()).unwrap();
    let labels: Vec<u32> = (0..40).map(|i| i * i % 3).collect();
    let sentences = Samples::integers((0..160).map(|i| i * i % 9).collect::<Vec<_>>(), [4]).unwrap();
    let of_tokens = Dataset::classification(sentences, labels).unwrap();
    vec![
        Case {
            name: "residual",
            net: || NETS[0].0(Precision::F32),
            loss: Arc::clone(&mse),
            data: data(NETS[0].1),
        },
        Case {
            name: "branches",
            net: || NETS[1].0(Precision::F32),
            loss: Arc::clone(&mse),
            data: data(NETS[1].1),
        },
        Case { name: "dense", net: dense, loss: Arc::clone(&mse), data: of_chances.clone() },
        Case {
            name: "probabilities",
            net: dense,
            loss: Arc::new(losses::BinaryCrossEntropy::new()),
            data: of_chances,
        },
        Case {
            name: "tokens",
            net: tokens,
            loss: Arc::new(losses::SoftmaxCrossEntropy::new()),
            data: of_tokens,
        },
    ]
}

impl Case {
    /// The losses of a training and what the trained net then predicts; and the steps of all programs.
    fn train(&self, backend: impl Backend + 'static, join: bool, optimizer: Optimizer) -> (Vec<f64>, usize) {
        let steps = Arc::default();
        let backend = Passes { backend, join, steps: Arc::clone(&steps) };
        let mut model = (self.net)().compile(backend, Arc::clone(&self.loss), optimizer, 3).unwrap();
        let history = model.fit(&self.data, Fit::new().epochs(6).batch(16).validation(&self.data)).unwrap();
        let mut found: Vec<f64> = Vec::new();
        for epoch in &history.epochs {
            found.extend([epoch.metrics.loss, epoch.validation.unwrap().loss]);
        }
        found.extend(model.predict(self.data.inputs()).unwrap().iter().map(|value| f64::from(*value)));
        (found, steps.load(Ordering::Relaxed))
    }
}

/// The largest difference, where numbers beyond 1 count by their size.
fn apart(found: &[f64], wanted: &[f64]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let pairs = found.iter().zip(wanted);
    pairs.map(|(found, wanted)| (found - wanted).abs() / wanted.abs().max(1.0)).fold(0.0, f64::max)
}

#[test]
fn joined_steps_learn_the_same() {
    for case in cases() {
        for optimizer in [Optimizer::sgd(0.02), Optimizer::adam_w(0.01, 0.1).clip_norm(1.0)] {
            let cpu = || Cpu::<f64>::with_threads(2).unwrap();
            let (wanted, most) = case.train(Reference::<f64>::new(), false, optimizer.clone());
            let (plain, as_many) = case.train(cpu(), false, optimizer.clone());
            let (joined, fewer) = case.train(cpu(), true, optimizer);
            assert!(fewer < most && most == as_many, "{}: {fewer}, {most}, {as_many} steps", case.name);
            let differences = [apart(&plain, &wanted), apart(&joined, &wanted)];
            // What is predicted comes back in single precision.
            assert!(differences.iter().all(|apart| *apart < 1e-6), "{}: {differences:?}", case.name);
        }
    }
}

/// On a GPU that merges gradients as well, and on one that binds too little for that.
#[test]
fn merged_dispatches_learn_the_same() {
    for case in cases() {
        let few = |limits: &mut wgpu::Limits| limits.max_storage_buffers_per_shader_stage = 4;
        let (Some(device), Some(weak)) = (gpu(), support::foreign(few)) else { return };
        let optimizer = Optimizer::momentum(0.05, 0.9).clip_norm(1.0);
        let (wanted, _) = case.train(Reference::<f64>::new(), false, optimizer.clone());
        let plain = case.train(weak.gpu(), false, optimizer.clone());
        let joined = case.train(device, true, optimizer);
        assert!(joined.1 < plain.1, "{}: {} of {} dispatches", case.name, joined.1, plain.1);
        let differences = [apart(&plain.0, &wanted), apart(&joined.0, &wanted)];
        assert!(differences.iter().all(|apart| *apart < 2e-3), "{}: {differences:?}", case.name);
    }
}

/// `y = x + 1`, which forgets the 1 where it becomes part of a product.
#[derive(Clone, Debug)]
struct Forgetful {
    x: Tensor,
    y: Tensor,
}

impl Op for Forgetful {
    const NAME: &'static str = "forgetful";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }
    fn check(&self) -> std::result::Result<(), OpError> {
        Ok(())
    }
    fn split(&self) -> Split {
        Split::Elements
    }
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        views.output(1).iter_mut().zip(views.input(0)).for_each(|(y, x)| *y = *x + T::one());
    }
    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        unreachable!("it runs on the processor")
    }
    fn fused(&self, earlier: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let product = earlier.as_any().downcast_ref::<Product>().filter(|product| product.y == self.x)?;
        Some(Box::new(Product { y: self.y, ..product.clone() }))
    }
    fn flops(&self) -> f64 {
        self.x.len() as f64
    }
}

/// A layer of that op.
#[derive(Debug)]
struct PlusOne;

impl Layer for PlusOne {
    fn kind(&self) -> &'static str {
        "plus_one"
    }
    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> std::result::Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let y = cx.output_like(x);
        cx.tape().push(Forgetful { x: x.tensor(), y: y.tensor() });
        Ok(y)
    }
}

#[test]
fn a_pass_that_loses_something_is_seen() {
    let inputs = Samples::reals(drawn(2, 8, 5).view()).unwrap();
    let [joined, alone] = [true, false].map(|join| {
        let backend = Passes { backend: Cpu::<f64>::new().unwrap(), join, steps: Arc::default() };
        let net = Sequential::new([5]).add(Dense::new(3)).add(PlusOne);
        let mut model = net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
        model.predict(&inputs).unwrap().mapv(f64::from).into_raw_vec_and_offset().0
    });
    assert!(apart(&joined, &alone) > 0.3, "{joined:?} and {alone:?}");
}
