//! What a training takes on a device, against the buffers that are made for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use wgrad::backend::{Backend, BackendInfo, Cpu, ProgramId, Values};
use wgrad::layers::Dense;
use wgrad::model::Memory;
use wgrad::program::{Batch, BufferInfo, Program};
use wgrad::{BufferId, Dataset, Fit, Optimizer, Precision, Result, Samples, Sequential, Tensor, losses};

use crate::{NETS, data, drawn};

type Made = Arc<Mutex<BTreeMap<BufferId, u64>>>;

/// The CPU backend, with the bytes of each buffer that it was ever asked for.
struct Watched {
    cpu: Cpu<f32>,
    made: Made,
}

impl Backend for Watched {
    fn info(&self) -> BackendInfo {
        self.cpu.info()
    }
    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        self.made.lock().unwrap().extend(program.buffers().iter().map(|(id, info)| (*id, info.bytes())));
        self.cpu.compile(program)
    }
    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.cpu.write(tensor, values)
    }
    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        self.cpu.run(program, batches)
    }
    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.cpu.read(tensor)
    }
    fn release(&mut self, program: ProgramId) {
        self.cpu.release(program);
    }
}

#[test]
fn it_is_that_of_the_buffers_which_a_training_makes() {
    for (net, width) in NETS {
        for precision in [Precision::F32, Precision::F16] {
            for optimizer in [Optimizer::sgd(1e-3), Optimizer::adam_w(1e-3, 0.1).clip_norm(1.0)] {
                let (made, data) = (Made::default(), data(width));
                let backend = Watched { cpu: Cpu::new().unwrap(), made: made.clone() };
                let mut model =
                    net(precision).compile(backend, losses::MeanSquaredError, optimizer, 0).unwrap();
                let memory = model.memory(&data, 16).unwrap();
                model.fit(&data, Fit::new().batch(16)).unwrap();
                assert_eq!(memory.total(), made.lock().unwrap().values().sum::<u64>(), "{memory}");
                assert_parts(&memory, &model.training_program(&data, 16).unwrap());
            }
        }
    }
}

/// Each part has the buffers of its names.
fn assert_parts(memory: &Memory, program: &Program) {
    let of = |beginnings: &[&str]| -> u64 {
        let named = |info: &&BufferInfo| beginnings.iter().any(|name| info.name.starts_with(name));
        program.buffers().values().filter(named).map(BufferInfo::bytes).sum()
    };
    let halves = of(&["parameters.halves"]);
    assert_eq!((memory.halves, memory.parameters), (halves, of(&["parameters"]) - halves), "{memory}");
    assert_eq!((memory.gradients, memory.moments), (of(&["gradients"]), of(&["moments."])), "{memory}");
    assert_eq!(memory.data, of(&["data.", "table."]), "{memory}");
}

#[test]
fn its_parts_are_a_table() {
    let inputs = Samples::reals(drawn(1, 12, 4).view()).unwrap();
    let model = |optimizer| {
        let net = Sequential::new([4]).add(Dense::new(3));
        net.compile(Cpu::<f32>::new().unwrap(), losses::SoftmaxCrossEntropy::new(), optimizer, 0).unwrap()
    };
    let data = Dataset::classification(inputs, vec![0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]).unwrap();
    let memory = model(Optimizer::adam(0.1)).memory(&data, 5).unwrap();
    // 15 parameters in 256 bytes; of each sample 4 numbers, a label, a place, a loss and a hit.
    let wanted = "\
on the device           bytes          MB
parameters                256       0.000
gradients                 256       0.000
moments                   512       0.001
activations               260       0.000
data set                  384       0.000
others                    260       0.000
total                    1928       0.002";
    assert_eq!(memory.to_string(), wanted);
    assert_eq!(model(Optimizer::sgd(0.1)).memory(&data, 5).unwrap().moments, 0);
    assert!(model(Optimizer::sgd(0.1)).memory(&data, 0).is_err());
    let (one, all) = [1, 12].map(|batch| model(Optimizer::sgd(0.1)).memory(&data, batch).unwrap()).into();
    assert_eq!((all.activations, all.data), (12 * one.activations, one.data));
}
