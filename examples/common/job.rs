//! What stands around a small job: its flags, a folder for its files, and what must have come true at its end.

use std::error::Error as StdError;
use std::fmt::Display;
use std::path::PathBuf;

use clap::{Args, Command, FromArgMatches};
use wgrad::Error;
use wgrad::backend::Backend;

use super::{BackendArgs, exit_on_error, leave_wayland_alone, prepare, say, warn};

/// What a job comes to; strings are errors as well.
pub type Outcome<T = ()> = Result<T, Box<dyn StdError>>;

/// The flags of a job.
#[derive(Args, Clone, Debug)]
pub struct Job {
    #[command(flatten)]
    pub backend: BackendArgs,
    /// Decides initial weights, the order of samples, and what is drawn at random.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Folder for its files, if it writes any [default: out and the program's name].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// A quick run of few epochs.
    #[arg(long)]
    pub smoke: bool,
}

/// Runs a job, with what its `--help` says of it. An error is a line and status 1.
pub fn run(about: &'static str, work: impl FnOnce(&Job) -> Outcome) {
    leave_wayland_alone();
    let command = Job::augment_args(Command::new(env!("CARGO_BIN_NAME"))).about(about);
    let job = Job::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    job.finish(work);
}

impl Job {
    /// Runs it; an error is a line and status 1.
    pub fn finish(&self, work: impl FnOnce(&Self) -> Outcome) {
        let outcome = match self.backend.adapter.listed() {
            Ok(false) => work(self),
            listed => listed.map(drop).map_err(Into::into),
        };
        let Err(error) = outcome else { return };
        match error.downcast::<Error>() {
            Ok(error) => exit_on_error(Err(*error)),
            Err(error) => {
                warn(format_args!("error: {error}"));
                std::process::exit(1);
            }
        }
    }

    /// Opens the backend, and says which one it is.
    pub fn open(&self) -> Outcome<Box<dyn Backend>> {
        Ok(self.backend.open()?)
    }

    /// The place of a file in the job's folder, which is made.
    pub fn file(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.out.clone().unwrap_or_else(|| ["out", env!("CARGO_BIN_NAME")].iter().collect());
        prepare(&folder, &[])?;
        Ok(folder.join(name))
    }

    /// Prints a line.
    pub fn say(&self, line: impl Display) -> Outcome {
        Ok(say(line)?)
    }

    /// Says what came true, or that it did not, which is an error.
    pub fn check(&self, held: bool, claim: impl Display) -> Outcome {
        if held {
            self.say(format_args!("as it should be: {claim}"))
        } else {
            Err(format!("not so: {claim}").into())
        }
    }
}
