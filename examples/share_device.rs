//! Trains on a wgpu device that already exists, as a game or an app with a window has one.

mod common;

use clap::Parser;
use common::{AdapterArgs, say};
use wgrad::backend::gpu::GpuError;
use wgrad::backend::{Backend, Gpu};
use wgrad::layers::{Dense, Sigmoid, Tanh};
use wgrad::ndarray::array;
use wgrad::{Dataset, Fit, Optimizer, Result, Sequential, losses};

/// Train on a wgpu device that already exists.
#[derive(Parser, Debug)]
struct Flags {
    #[command(flatten)]
    adapter: AdapterArgs,
    /// A quick run: 20 epochs.
    #[arg(long)]
    smoke: bool,
}

fn main() {
    common::exit_on_error(run(&common::flags()));
}

fn run(flags: &Flags) -> Result<()> {
    if flags.adapter.listed()? {
        return Ok(());
    }
    let adapter = flags.adapter.choice().adapter()?;
    say(format_args!("the app's device: {}", adapter.get_info().name))?;
    // What an app does for itself, whatever it draws.
    let descriptor =
        wgrad::wgpu::DeviceDescriptor { required_limits: adapter.limits(), ..Default::default() };
    let asked = pollster::block_on(adapter.request_device(&descriptor));
    let (device, queue) = asked
        .map_err(|error| GpuError::NoDevice { adapter: adapter.get_info().name, why: error.to_string() })?;
    train(device, queue, if flags.smoke { 20 } else { 1_000 })
}

fn train(device: wgrad::wgpu::Device, queue: wgrad::wgpu::Queue, epochs: usize) -> Result<()> {
    // Both handles are counted references: the app keeps its own and goes on drawing.
    let gpu = Gpu::from_device(device.clone(), queue.clone())?;
    say(format_args!("wgrad's backend on it: {}", gpu.info()))?;
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let xor = Dataset::regression(inputs.view(), array![[0.0], [1.0], [1.0], [0.0]].view())?;
    let net = Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid);
    let mut model = net.compile(gpu, losses::MeanSquaredError, Optimizer::adam(0.03), 0)?;
    model.fit(&xor, Fit::new().epochs(epochs).batch(4))?;
    say(format_args!("loss after {epochs} epochs: {:.5}", model.evaluate(&xor)?.loss))?;

    // The app's own work on the same queue.
    let encoder =
        device.create_command_encoder(&wgrad::wgpu::CommandEncoderDescriptor { label: Some("app.frame") });
    queue.submit([encoder.finish()]);
    say("the app's queue still takes work")
}
