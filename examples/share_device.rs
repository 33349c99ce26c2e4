//! Trains on a wgpu device that already exists, as a game or an app with a window has one.

mod common;

use clap::Parser;
use wgrad::backend::{Backend, Gpu};
use wgrad::layers::{Dense, Sigmoid, Tanh};
use wgrad::ndarray::array;
use wgrad::{Dataset, Fit, Loss, Optimizer, Result, Sequential};

/// Train on a wgpu device that already exists.
#[derive(Parser, Debug)]
struct Flags {
    /// Part of an adapter's name; by default the first that wgpu offers.
    #[arg(long, default_value = "", value_name = "NAME")]
    adapter: String,
    /// A quick run: 20 epochs.
    #[arg(long)]
    smoke: bool,
}

fn main() {
    let flags = Flags::parse();
    let Some((device, queue)) = pollster::block_on(device_of_the_app(&flags.adapter)) else {
        println!("no graphics adapter to share; on Linux, mesa-vulkan-drivers has one in software");
        return;
    };
    common::exit_on_error(train(device, queue, if flags.smoke { 20 } else { 1_000 }));
}

/// What an app does for itself, whatever it draws.
async fn device_of_the_app(name: &str) -> Option<(wgrad::wgpu::Device, wgrad::wgpu::Queue)> {
    let instance = wgrad::wgpu::Instance::new(wgrad::wgpu::InstanceDescriptor::new_without_display_handle());
    let adapters = instance.enumerate_adapters(wgrad::wgpu::Backends::all()).await;
    let wanted = |adapter: &wgrad::wgpu::Adapter| {
        adapter.get_info().name.to_lowercase().contains(&name.to_lowercase())
    };
    let adapter = adapters.into_iter().find(wanted)?;
    println!("the app's device: {}", adapter.get_info().name);
    let descriptor =
        wgrad::wgpu::DeviceDescriptor { required_limits: adapter.limits(), ..Default::default() };
    adapter.request_device(&descriptor).await.ok()
}

fn train(device: wgrad::wgpu::Device, queue: wgrad::wgpu::Queue, epochs: usize) -> Result<()> {
    // Both handles are counted references: the app keeps its own and goes on drawing.
    let gpu = Gpu::from_device(device.clone(), queue.clone())?;
    println!("wgrad's backend on it: {}", gpu.info());
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let xor = Dataset::regression(inputs.view(), array![[0.0], [1.0], [1.0], [0.0]].view())?;
    let net = Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid);
    let mut model = net.compile(gpu, Loss::MeanSquaredError, Optimizer::adam(0.03), 0)?;
    model.fit(&xor, Fit::new().epochs(epochs).batch(4))?;
    println!("loss after {epochs} epochs: {:.5}", model.evaluate(&xor)?.loss);

    // The app's own work on the same queue.
    let encoder =
        device.create_command_encoder(&wgrad::wgpu::CommandEncoderDescriptor { label: Some("app.frame") });
    queue.submit([encoder.finish()]);
    println!("the app's queue still takes work");
    Ok(())
}
