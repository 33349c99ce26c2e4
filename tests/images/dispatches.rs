//! A training step on a GPU is few dispatches, which give the bits of single steps.

#[path = "../../examples/common/resnet.rs"]
mod resnet;

use wgrad::backend::gpu::Gpu;
use wgrad::backend::{Backend, BackendInfo, ProgramId, Values};
use wgrad::data::digits::{Split, draw};
use wgrad::kernel::DeviceProfile;
use wgrad::layers::{Conv2d, Dense, Flatten, MaxPool2d, Padding, Relu};
use wgrad::program::{Batch, Program};
use wgrad::{Dataset, Fit, Graph, Model, Optimizer, Precision, Result, Samples, Sequential, Tensor, losses};

use crate::support::{bindings, gpu};
use crate::{autoencoder, lines};

/// A GPU on which each step is a dispatch of its own.
struct Single {
    gpu: Gpu,
    programs: Vec<Vec<ProgramId>>,
}

impl Backend for Single {
    fn info(&self) -> BackendInfo {
        self.gpu.info()
    }
    fn profile(&self) -> DeviceProfile {
        self.gpu.profile()
    }
    fn most_operands(&self) -> usize {
        self.gpu.most_operands()
    }
    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        let parts = std::iter::once(program.clone()).chain(program.single_steps());
        let ids = parts.map(|part| self.gpu.compile(&part)).collect::<Result<Vec<_>>>()?;
        self.programs.push(ids.clone());
        Ok(ids[0])
    }
    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.gpu.write(tensor, values)
    }
    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        let steps = self.programs.iter().find(|steps| steps[0] == program);
        for (batch, step) in
            batches.iter().flat_map(|batch| steps.iter().flat_map(|ids| &ids[1..]).map(move |id| (batch, id)))
        {
            self.gpu.run(*step, &[*batch])?;
        }
        Ok(())
    }
    fn release(&mut self, program: ProgramId) {
        for id in self.programs.extract_if(.., |steps| steps[0] == program).flatten() {
            self.gpu.release(id);
        }
    }
    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.gpu.read(tensor)
    }
}

/// Three residual blocks over images of lines.
fn residual(backend: impl Backend + 'static) -> Model {
    let mut net = Graph::new();
    let images = net.input("images", [12, 12, 1]);
    let pooled = resnet::resnet(&mut net, images, &[4, 8, 12]);
    net.add(Dense::new(10), [pooled]);
    net.compile(backend, losses::SoftmaxCrossEntropy::new(), Optimizer::momentum(0.05, 0.9), 0).unwrap()
}

/// Two convolutions with pools, and two dense layers.
fn classifier(backend: impl Backend + 'static) -> Model {
    let conv = |filters| Conv2d::new(filters, 3).padding(Padding::Same);
    let net = Sequential::new([12, 12, 1]).add(conv(16)).add(Relu).add(MaxPool2d::new(2));
    let net = net.add(conv(32)).add(Relu).add(MaxPool2d::new(2)).add(Flatten);
    let net = net.add(Dense::new(128)).add(Relu).add(Dense::new(10));
    net.compile(backend, losses::SoftmaxCrossEntropy::new(), Optimizer::sgd(0.05), 0).unwrap()
}

/// That a step on a batch of these has no more dispatches.
fn assert_few(mut model: Model, data: &Dataset, most: usize) {
    let count = model.fit(data, Fit::new().epochs(1).batch(8)).unwrap().dispatches_per_step;
    assert!(count <= most, "{count} dispatches; {}", model.training_program(data, 8).unwrap());
}

#[test]
fn a_step_is_few_dispatches() {
    let open = || gpu().filter(|_| bindings() > 4);
    let [Some(one), Some(two), Some(three)] = [open(), open(), open()] else { return };
    assert_few(classifier(one), &lines(8), 18);
    let digits = Samples::images(draw(0, Split::Train, 8).pixels, [28, 28, 1]).unwrap();
    let net = autoencoder(Precision::F32);
    let model = net.compile(two, losses::MeanSquaredError, Optimizer::adam(0.003), 0).unwrap();
    assert_few(model, &Dataset::autoencoder(digits), 23);
    assert_few(residual(three), &lines(8), 70);
}

#[test]
fn many_steps_in_one_give_the_bits_of_each() {
    let (Some(gpu), Some(other)) = (gpu().filter(|_| bindings() >= 6), gpu()) else { return };
    let single = Single { gpu: other, programs: Vec::new() };
    let [joint, single] = [residual(gpu), residual(single)].map(|mut model| {
        let history = model.fit(&lines(20), Fit::new().epochs(3).batch(8)).unwrap();
        let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.metrics.loss).collect();
        (losses, model.predict(lines(20).inputs()).unwrap())
    });
    assert_eq!(joint.0, single.0);
    // How an average is rounded goes by what a compiler knows of its constants.
    let apart = (joint.1 - single.1).abs().into_iter().fold(0.0, f32::max);
    assert!(apart < 2e-6, "{apart}");
}
