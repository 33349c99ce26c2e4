//! How the cost of a training step grows with the batch and with the width of the layers, on the CPU and on the GPU, as
//! Markdown tables, and from which batch on the GPU is faster.
//!
//! The net has two dense layers from a width to the same width, and is trained by plain gradient descent.

mod common;

use common::images_of;
use wgrad::backend::Choice;
use wgrad::layers::{Dense, Relu};
use wgrad::{Fit, Optimizer, Result, Sequential, losses};

const BATCHES: [usize; 7] = [1, 4, 16, 64, 256, 1_024, 4_096];
const WIDTHS: [usize; 4] = [64, 256, 1_024, 4_096];

/// Steps of an epoch.
const STEPS: usize = 4;

/// A cell is measured for about this long, in seconds.
const SECONDS: f64 = 0.2;

/// Steps that would take longer, in seconds, are left out: a dash in the table.
const LONGEST: f64 = 4.0;

/// Seconds of a step for each width and batch; `None` for what was left out.
type Table = Vec<[Option<f64>; BATCHES.len()]>;

fn main() {
    let mut tables = Vec::new();
    for (name, choice) in [("CPU", Choice::Cpu), ("GPU", Choice::Gpu)] {
        match choice.open(None) {
            Ok(opened) => println!("\n{}", opened.backend.info()),
            Err(why) => {
                println!("\nthe {name} is left out: {why}");
                continue;
            }
        }
        let table: Table = WIDTHS.iter().map(|width| column(choice, *width)).collect();
        print(name, &table);
        tables.push(table);
    }
    if let [cpu, gpu] = &tables[..] {
        crossings(cpu, gpu);
    }
}

/// One width at every batch, the small ones first, until steps become too long.
fn column(choice: Choice, width: usize) -> [Option<f64>; BATCHES.len()] {
    let mut cells = [None; BATCHES.len()];
    let mut last = 0.0;
    for (cell, batch) in cells.iter_mut().zip(BATCHES) {
        // The next batch is four times as large, and from some size on takes four times as long.
        if 4.0 * last > LONGEST {
            break;
        }
        last = match step(choice, width, batch) {
            Ok(seconds) => seconds,
            Err(why) => {
                println!("width {width} is left out from batch {batch} on: {why}");
                break;
            }
        };
        *cell = Some(last);
    }
    cells
}

/// The fastest epoch's seconds of a step.
fn step(choice: Choice, width: usize, batch: usize) -> Result<f64> {
    let net = Sequential::new([width]).add(Dense::new(width)).add(Relu).add(Dense::new(width));
    let data = images_of(batch * STEPS, width);
    let backend = choice.open(None)?.backend;
    let mut model = net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(1e-3), 0)?;
    let mut fastest = |epochs| -> Result<f64> {
        let history = model.fit(&data, Fit::new().epochs(epochs).batch(batch))?;
        let seconds = history.epochs.iter().map(|epoch| epoch.seconds / STEPS as f64);
        Ok(seconds.fold(f64::MAX, f64::min))
    };
    // The first epochs warm up, and say how many make a measurement.
    let first = fastest(2)?;
    fastest((SECONDS / (first * STEPS as f64)).clamp(2.0, 2_000.0) as usize)
}

fn print(name: &str, table: &Table) {
    let widths = WIDTHS.map(|width| format!("width {width}")).join(" | ");
    println!(
        "\n{name}: µs of a training step\n\n| batch | {widths} |\n|---:|{}",
        "---:|".repeat(WIDTHS.len())
    );
    for (row, batch) in BATCHES.iter().enumerate() {
        let cells: Vec<_> = table.iter().map(|column| cell(column[row])).collect();
        println!("| {batch} | {} |", cells.join(" | "));
    }
}

fn cell(seconds: Option<f64>) -> String {
    seconds.map_or("–".into(), |seconds| format!("{:.1}", 1e6 * seconds))
}

/// The smallest batch of each width from which on the GPU is the faster one.
fn crossings(cpu: &Table, gpu: &Table) {
    println!();
    for ((width, cpu), gpu) in WIDTHS.iter().zip(cpu).zip(gpu) {
        let faster = |row: &usize| matches!((cpu[*row], gpu[*row]), (Some(cpu), Some(gpu)) if gpu < cpu);
        match (0..BATCHES.len()).find(faster) {
            Some(row) => println!("width {width}: the GPU is faster from batch {} on", BATCHES[row]),
            None => println!("width {width}: the CPU is faster at every batch measured"),
        }
    }
}
