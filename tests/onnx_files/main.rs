//! ONNX files are read: those of PyTorch and Keras predict what these do, what is malformed or unknown is an error, and nets train on.

mod group_norms;
mod made;
mod recorded;
mod refused;
mod values;

use wgrad::backend::Cpu;
use wgrad::{Model, OnnxNet, Optimizer, losses};

fn cpu() -> Cpu<f32> {
    Cpu::with_threads(1).unwrap()
}

fn compile(net: OnnxNet) -> Model {
    net.compile(cpu(), losses::MeanSquaredError, Optimizer::adam(0.01), 4).unwrap()
}
