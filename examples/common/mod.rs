//! What the examples share: the choice of a backend and of data, and an error's way to the user.
#![allow(dead_code, reason = "each example uses a part")]

pub mod autoencoder;
pub mod classifier;
#[cfg(feature = "mnist")]
pub mod data;
pub mod gradients;
pub mod interrupt;
pub mod job;
pub mod recipe;
pub mod resnet;
#[cfg(all(feature = "progress", feature = "svm"))]
pub mod svm;

use std::fmt::Display;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::{Args, Parser};
use wgrad::backend::gpu::{AdapterChoice, adapters};
use wgrad::backend::{Backend, Choice};
use wgrad::{Dataset, Error, Fit, History, Model, Precision, Result};

/// Where to run.
#[derive(Args, Clone, Debug)]
pub struct BackendArgs {
    /// Where to train: auto takes a hardware GPU, else the CPU; verify runs both and compares every step.
    #[arg(long, default_value = "auto", value_name = "auto|gpu|cpu|verify")]
    pub backend: Choice,
    #[command(flatten)]
    pub adapter: AdapterArgs,
}

/// On which GPU.
#[derive(Args, Clone, Debug)]
pub struct AdapterArgs {
    /// An adapter's number in the list of --adapters, or a part of its name; a number beyond the list is a part of a name
    /// [default: WGRAD_ADAPTER, or the first].
    #[arg(long, value_name = "N|NAME")]
    pub adapter: Option<String>,
    /// List the adapters with their numbers, and stop.
    #[arg(long)]
    pub adapters: bool,
}

impl AdapterArgs {
    /// Lists the adapters, if that was asked for, and says whether it was.
    pub fn listed(&self) -> Result<bool> {
        if self.adapters {
            for (number, adapter) in adapters().iter().enumerate() {
                say(format_args!("{number}: {adapter}"))?;
            }
        }
        Ok(self.adapters)
    }

    /// The adapter, a software one if need be.
    pub fn choice(&self) -> AdapterChoice {
        AdapterChoice { name: self.adapter.clone(), software: true }
    }
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
        let opened = self.backend.open(self.adapter.adapter.as_deref())?;
        if let Some(note) = opened.note {
            say(note)?;
        }
        say(format_args!("device: {}", opened.backend.info()))?;
        Ok(opened.backend)
    }

    /// Opens it once more, for a second use beside the first.
    pub fn another(&self) -> Result<Box<dyn Backend>> {
        Ok(self.backend.open(self.adapter.adapter.as_deref())?.backend)
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
    /// Trains with checkpoints at `path`. Ctrl-C ends the training after the batches under way.
    pub fn train(&self, model: &mut Model, data: &Dataset, fit: Fit<'_>, path: &Path) -> Result<History> {
        interrupt::heed("finishing the batches under way; press Ctrl-C again to leave at once", |asked| {
            // Who reads this line may press Ctrl-C.
            if self.checkpoint.is_some() {
                say(format_args!(
                    "checkpoints: to go on, add --resume {} to the same flags",
                    path.display()
                ))?;
            }
            let fit = fit.checkpoint(path, self.checkpoint).interrupt(asked);
            let fit = match &self.resume {
                Some(path) => fit.resume(path),
                None => fit,
            };
            let history = model.fit(data, fit);
            if history.is_ok() && asked.load(Ordering::Relaxed) {
                warn("the training was at its end, so what follows it goes on; press Ctrl-C again to leave");
            }
            history
        })
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
                Some(timeline) => say(format_args!("\n{timeline}\n"))?,
                None => say("this device does not measure its work")?,
            }
        }
        Ok(())
    }
}

/// A program's flags.
pub fn flags<F: Parser>() -> F {
    leave_wayland_alone();
    F::parse()
}

/// Mesa's Vulkan asks for a Wayland session although nothing is drawn, and without one libwayland writes to standard
/// error that `XDG_RUNTIME_DIR` is not set. The program begins again with a folder in which no session is.
#[cfg(target_os = "linux")]
fn leave_wayland_alone() {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    const FOLDER: &str = "XDG_RUNTIME_DIR";
    let mut arguments = std::env::args_os();
    if std::env::var_os(FOLDER).is_some_and(|folder| Path::new(&folder).is_absolute()) {
        return;
    }
    if let (Ok(program), Some(name)) = (std::env::current_exe(), arguments.next()) {
        // Where the system refuses, the program goes on as it is: the line does no harm.
        let _ = Command::new(program).arg0(name).args(arguments).env(FOLDER, "/nonexistent").exec();
    }
}

#[cfg(not(target_os = "linux"))]
fn leave_wayland_alone() {}

/// Prints a line on standard output.
pub fn say(line: impl Display) -> Result<()> {
    writeln!(std::io::stdout(), "{line}").map_err(|source| Error::Output { source })
}

/// Prints a line on standard error; where that is closed, nobody wants it.
pub fn warn(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Makes the folder for results, and finds out whether these files can be written there.
pub fn prepare(folder: &Path, files: &[&str]) -> Result<()> {
    let made = std::fs::create_dir_all(folder);
    made.map_err(|source| Error::Write { path: folder.to_path_buf(), source })?;
    files.iter().try_for_each(|file| wgrad::check_writable(folder.join(file)))
}

/// Prints an error as one line and ends the program with status 1; after Ctrl-C, with how to go on and status 130; in
/// silence where standard output was closed, with the status that the signal of a closed pipe gives.
pub fn exit_on_error(outcome: Result<()>) {
    let Err(error) = outcome else { return };
    let status = match &error {
        Error::Interrupted { epoch, batches, checkpoint: Some(path) } => {
            warn(format_args!("left in epoch {epoch} after {batches} of its batches"));
            warn(format_args!("to go on, add --resume {} to the same flags", path.display()));
            130
        }
        #[cfg(feature = "svm")]
        Error::Svm(wgrad::svm::SvmError::Interrupted { .. }) => {
            warn(error);
            130
        }
        Error::Output { source } if source.kind() == ErrorKind::BrokenPipe => 141,
        _ => {
            warn(format_args!("error: {error}"));
            1
        }
    };
    std::process::exit(status);
}
