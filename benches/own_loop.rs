//! What a step of an own loop costs beside a step inside an epoch, on the CPU: the same net, data and number of steps in both, by
//! turns. The ratio is the median over the rounds.
//!
//! `cargo bench --bench own_loop`

mod common;

use std::time::Instant;

use common::{images_of, xor};
use wgrad::backend::Cpu;
use wgrad::layers::{Dense, Relu};
use wgrad::{Dataset, Fit, Model, Optimizer, Result, Sequential, losses};

const ROUNDS: usize = 15;

/// Steps of a round, in each of the two ways.
const STEPS: usize = 40_000;

fn main() -> Result<()> {
    println!("| net | step of an epoch | step of an own loop | ratio |\n|---|---:|---:|---:|");
    let (net, data, optimizer) = xor()?;
    let many: Vec<usize> = (0..1_024).map(|sample| sample % data.len()).collect();
    report("XOR, batches of 4", net, &data.select(&many)?, optimizer, 4)?;
    let net = Sequential::new([32]).add(Dense::new(32)).add(Relu).add(Dense::new(32));
    report("32-32-32, batches of 8", net, &images_of(512, 32), Optimizer::adam(1e-3), 8)
}

fn report(name: &str, net: Sequential, data: &Dataset, optimizer: Optimizer, batch: usize) -> Result<()> {
    let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, optimizer, 0)?;
    let epochs = STEPS / data.len().div_ceil(batch);
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let mut pair = [0.0; 2];
        for way in [round % 2, 1 - round % 2] {
            pair[way] = step(&mut model, data, batch, epochs, way == 1)?;
        }
        // The first one warms up.
        if round > 0 {
            rounds.push(pair);
        }
    }
    let [inside, alone] = [0, 1].map(|way| median(rounds.iter().map(|pair| pair[way] * 1e6)));
    let ratio = median(rounds.iter().map(|[inside, alone]| alone / inside));
    println!("| {name} | {inside:.2} µs | {alone:.2} µs | {ratio:.2} |");
    Ok(())
}

/// Seconds of a step, in epochs that are run whole or each asked for by itself.
fn step(model: &mut Model, data: &Dataset, batch: usize, epochs: usize, alone: bool) -> Result<f64> {
    let mut training = model.training(data, Fit::new().epochs(epochs).batch(batch))?;
    let start = Instant::now();
    if alone {
        while training.step()?.is_some() {}
    } else {
        while training.epoch()?.is_some() {}
    }
    let seconds = start.elapsed().as_secs_f64();
    training.finish()?;
    Ok(seconds / (epochs * data.len().div_ceil(batch)) as f64)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
