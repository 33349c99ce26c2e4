//! A table of numbers: houses are written to a CSV file and read, their prices are learnt, and a second process predicts them by the
//! saved model.

mod common;

use std::{path::PathBuf, process::Command};

use common::job::Job;
use wgrad::layers::{Dense, Relu, Standardize};
use wgrad::random::{Purpose, Stream};
use wgrad::{Fit, Model, Optimizer, Sequential, data::CsvTable, losses::MeanSquaredError, metrics::R2};

/// Learn the prices of houses in a CSV file, and predict them in a second process.
#[derive(clap::Parser)]
struct Flags {
    #[command(flatten)]
    job: Job,
    /// Only predict the prices in this table, by the model that an earlier run has saved.
    #[arg(long, value_name = "FILE")]
    predict: Option<PathBuf>,
}

fn main() {
    let flags: Flags = common::flags();
    flags.job.finish(|job| {
        let (table, saved) = (job.file("houses.csv")?, job.file("houses.safetensors")?);
        let read = |table: &PathBuf| CsvTable::open(table)?.inputs(["area", "rooms"]).target("price").read();
        if let Some(table) = &flags.predict {
            let (houses, mut model) = (read(table)?.dataset, Model::load(saved, job.open()?)?);
            job.say(format!("first prices: {:.2}", model.predict(&houses.inputs().take(5))?.column(0)))?;
            let explained = model.score(&houses, &R2)?;
            return job.check(explained > 0.9, format!("R² of all predicted prices is {explained:.3}"));
        }
        let (mut random, mut text) =
            (Stream::new(job.seed, Purpose::Checking), "area,rooms,price\n".to_string());
        for _ in 0..400 {
            let (area, rooms, noise) = (random.uniform(40.0, 200.0), 1 + random.below(6), random.normal());
            text += &format!("{area:.0},{rooms},{:.2}\n", area * (0.01 + 0.002 * rooms as f64) + 0.1 * noise);
        }
        std::fs::write(&table, text)?;
        // The scale is a layer, with the numbers of the training rows, and a part of the saved model.
        let (train, test) = read(&table)?.dataset.split(0.25, job.seed)?;
        let net = Sequential::new([2]).add(Standardize::of(train.inputs())?).add(Dense::new(32)).add(Relu);
        let (net, adam) = (net.add(Dense::new(1)), Optimizer::adam(0.01));
        let mut model = net.compile(job.open()?, MeanSquaredError, adam, job.seed)?;
        let fit = Fit::new().epochs(if job.smoke { 30 } else { 200 }).validation(&test).metric(R2);
        job.say(model.fit(&train, fit)?)?;
        model.save(&saved)?;
        let mut again = Command::new(std::env::current_exe()?);
        let again = again.args(std::env::args_os().skip(1)).arg("--predict").arg(&table).status()?;
        job.check(again.success(), "a second process predicts with nothing but the saved model and a table")
    });
}
