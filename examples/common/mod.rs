//! What the examples share: the choice of a backend and of data, and an error's way to the user.
#![allow(dead_code, reason = "each example uses a part")]

pub mod autoencoder;
#[cfg(feature = "mnist")]
pub mod data;
pub mod gradients;
pub mod recipe;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use wgrad::backend::{Backend, Choice};
use wgrad::{Dataset, Error, Fit, History, Model, Precision, Result};

/// Where to run.
#[derive(Args, Clone, Debug)]
pub struct BackendArgs {
    /// Where to train: auto takes a hardware GPU, else the CPU; verify runs both and compares every step.
    #[arg(long, default_value = "auto", value_name = "auto|gpu|cpu|verify")]
    pub backend: Choice,
    /// Part of an adapter's name, to choose among several.
    #[arg(long, value_name = "NAME")]
    pub adapter: Option<String>,
}

/// In how many bits.
#[derive(Args, Clone, Copy, Debug)]
pub struct PrecisionArgs {
    /// In how many bits weights, activations and their gradients are stored for products; f16 where widths are multiples of 4.
    #[arg(long, default_value = "f32", value_name = "f32|f16")]
    pub precision: Precision,
}

impl BackendArgs {
    /// Opens the backend and says which one it is.
    pub fn open(&self) -> Result<Box<dyn Backend>> {
        let opened = self.backend.open(self.adapter.as_deref())?;
        opened.note.iter().for_each(|note| println!("{note}"));
        println!("device: {}", opened.backend.info());
        Ok(opened.backend)
    }

    /// Opens it once more, for a second use beside the first.
    pub fn another(&self) -> Result<Box<dyn Backend>> {
        Ok(self.backend.open(self.adapter.as_deref())?.backend)
    }
}

/// Leaving a training and going on with it.
#[derive(Args, Clone, Debug)]
pub struct CheckpointArgs {
    /// Write a checkpoint every N epochs; one is always written at Ctrl-C.
    #[arg(long, value_name = "N")]
    pub checkpoint: Option<usize>,
    /// Go on from a checkpoint; the other flags must be as they were.
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,
}

impl CheckpointArgs {
    /// Trains with checkpoints at `path`. Ctrl-C ends the training after the batches under way, and what comes before and
    /// after it at once.
    pub fn train(&self, model: &mut Model, data: &Dataset, fit: Fit<'_>, path: &Path) -> Result<History> {
        static TRAINING: AtomicBool = AtomicBool::new(false);
        static INTERRUPTED: AtomicBool = AtomicBool::new(false);
        let heed = || {
            if !TRAINING.load(Ordering::Relaxed) || INTERRUPTED.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            eprintln!("finishing the batches under way; press Ctrl-C again to leave at once");
        };
        if let Err(error) = ctrlc::set_handler(heed) {
            eprintln!("Ctrl-C will end the training without a checkpoint: {error}");
        }
        if self.checkpoint.is_some() {
            println!("checkpoints: to go on, add --resume {} to the same flags", path.display());
        }
        let fit = fit.checkpoint(path, self.checkpoint).interrupt(&INTERRUPTED);
        let fit = match &self.resume {
            Some(path) => fit.resume(path),
            None => fit,
        };
        TRAINING.store(true, Ordering::Relaxed);
        let history = model.fit(data, fit);
        TRAINING.store(false, Ordering::Relaxed);
        if history.is_ok() && INTERRUPTED.load(Ordering::Relaxed) {
            eprintln!("the training was at its end, so what follows it goes on; press Ctrl-C again to leave");
        }
        history
    }
}

/// Where a training step spends its time.
#[derive(Args, Clone, Debug)]
pub struct ProfileArgs {
    /// Measure each dispatch of a training step, where the adapter can.
    #[arg(long)]
    pub profile: bool,
}

impl ProfileArgs {
    /// Prints the times, if they were asked for.
    pub fn show(&self, model: &mut Model, data: &Dataset, batch: usize) -> Result<()> {
        if self.profile {
            match model.profile(data, batch)? {
                Some(timeline) => println!("\n{timeline}\n"),
                None => println!("this device does not measure its work"),
            }
        }
        Ok(())
    }
}

/// Prints an error as one line and ends the program with status 1; after Ctrl-C, with how to go on and status 130.
pub fn exit_on_error(outcome: Result<()>) {
    let Err(error) = outcome else { return };
    if let Error::Interrupted { epoch, batches, checkpoint: Some(path) } = error {
        eprintln!("left in epoch {epoch} after {batches} of its batches");
        eprintln!("to go on, add --resume {} to the same flags", path.display());
        std::process::exit(130);
    }
    eprintln!("error: {error}");
    std::process::exit(1);
}
