//! Products of square matrices in f32 and f16: GFLOP/s of the forward product and of both gradients on the GPU, as lines of JSON for
//! `benches/hardware`. Sizes are arguments; without any, 256 to 4,096.

mod common;

use std::time::Duration;

use common::Single;
use wgrad::backend::{Backend, Choice};
use wgrad::ops::activation::Activation;
use wgrad::ops::{Dense, InputGradient, WeightGradient};
use wgrad::{Element, Recorder, Result};

/// A measurement takes at least this long, so that waiting for the device is a small part of it.
const LONG_ENOUGH: Duration = Duration::from_millis(100);
/// The fastest of so many counts.
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![256, 512, 1_024, 2_048, 4_096] } else { sizes };
    let mut backend = Choice::Gpu.open(None)?.backend;
    println!("{}", backend.info());
    for element in [Element::Real, Element::Half] {
        for size in &sizes {
            for which in ["forward", "input gradient", "weight gradient"] {
                product(&mut *backend, element, *size, which)?;
            }
        }
    }
    Ok(())
}

fn product(backend: &mut dyn Backend, element: Element, size: usize, which: &str) -> Result<()> {
    let mut tape = Recorder::new("product", size);
    let [x, y] = ["x", "y"].map(|name| tape.batched_of(name, element, size));
    let weight = tape.tensor("weight", element, size, size);
    match which {
        "forward" => tape.push(Dense { x, weight, y, activation: Activation::identity() }),
        "input gradient" => {
            let dx = tape.batched_of("dx", element, size);
            tape.push(InputGradient { dz: y, weight, dx, slope: None });
        }
        _ => {
            // Gradients of weights are added up in f32, whatever the precision.
            let dw = tape.tensor("dw", Element::Real, size, size);
            tape.push(WeightGradient { x, dz: y, dw });
        }
    }
    let program = tape.finish()?;
    let mut single = Single::new(backend, &program, size)?;
    let mut times = 1;
    while single.run(backend, times)? < LONG_ENOUGH {
        times *= 2;
    }
    let mut fastest = Duration::MAX;
    for _ in 0..ROUNDS {
        fastest = fastest.min(single.run(backend, times)?);
    }
    single.release(backend);
    let microseconds = 1e6 * fastest.as_secs_f64() / times as f64;
    let precision = if element == Element::Half { "f16" } else { "f32" };
    let gflops = 2e-3 * (size as f64).powi(3) / microseconds;
    println!(
        "{}",
        serde_json::json!({
            "peer": "wgrad", "product": which, "precision": precision, "size": size,
            "microseconds": microseconds, "gflops": gflops,
        })
    );
    Ok(())
}
