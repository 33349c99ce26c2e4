//! How fast training is on samples that are read from a file, beside samples that the backend holds: the same net and pixels in
//! both, by turns. The ratio is the median over the rounds.
//!
//! `cargo bench --bench streamed`, or with `-- --gpu` on the GPU

mod common;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::time::Instant;

use common::{W1, W3, Workload};
use wgrad::backend::Choice;
use wgrad::random::{Purpose, Stream};
use wgrad::source::{Feed, ReadError, Source, Streamed};
use wgrad::{Dataset, Fit, Model, Result, Samples, losses};

const ROUNDS: usize = 9;
const WIDTH: usize = 784;

/// MNIST's number of images; a window holds a sixth of them.
const IMAGES: usize = 60_000;
const WINDOW: usize = 10_000;

/// A file of images, each its own target.
struct Images(File);

impl Source for Images {
    fn len(&self) -> usize {
        IMAGES
    }

    fn read(&mut self, samples: Range<usize>) -> Result<Dataset, ReadError> {
        let mut pixels = vec![0; samples.len() * WIDTH];
        self.0.seek(SeekFrom::Start((samples.start * WIDTH) as u64))?;
        self.0.read_exact(&mut pixels)?;
        Ok(Dataset::autoencoder(Samples::images(pixels, [WIDTH])?))
    }
}

fn main() -> Result<(), ReadError> {
    let gpu = std::env::args().any(|argument| argument == "--gpu");
    let choice = if gpu { Choice::Gpu } else { Choice::Cpu };
    let mut stream = Stream::new(0, Purpose::Checking);
    let pixels: Vec<u8> = (0..IMAGES * WIDTH).map(|_| stream.below(256) as u8).collect();
    let mut file = tempfile::tempfile()?;
    file.write_all(&pixels)?;
    let streamed = Streamed::new(Images(file))?.window(WINDOW);
    let held = Dataset::autoencoder(Samples::images(pixels, [WIDTH])?);
    println!("{}", choice.open(None)?.backend.info());
    println!("| net | held, images/s | read, images/s | ratio |\n|---|---:|---:|---:|");
    for workload in [W1, W3] {
        report(&workload, choice, &held, &streamed)?;
    }
    Ok(())
}

fn report(workload: &Workload, choice: Choice, held: &Dataset, streamed: &Streamed) -> Result<()> {
    let backend = choice.open(None)?.backend;
    let mut model = workload.net().compile(backend, losses::MeanSquaredError, workload.optimizer(), 0)?;
    let feeds: [Feed<'_>; 2] = [held.into(), streamed.into()];
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let mut pair = [0.0; 2];
        for way in [round % 2, 1 - round % 2] {
            pair[way] = images_a_second(&mut model, feeds[way], workload.batch)?;
        }
        // The first one warms up.
        if round > 0 {
            rounds.push(pair);
        }
    }
    let [held, read] = [0, 1].map(|way| median(rounds.iter().map(|pair| pair[way])));
    let ratio = median(rounds.iter().map(|[held, read]| read / held));
    println!("| {} | {held:.0} | {read:.0} | {ratio:.3} |", workload.name);
    Ok(())
}

/// Over two epochs, with what they take at the beginning.
fn images_a_second(model: &mut Model, feed: Feed<'_>, batch: usize) -> Result<f64> {
    let mut training = model.training(feed, Fit::new().epochs(2).batch(batch))?;
    let start = Instant::now();
    while training.epoch()?.is_some() {}
    let seconds = start.elapsed().as_secs_f64();
    training.finish()?;
    Ok((2 * IMAGES) as f64 / seconds)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
