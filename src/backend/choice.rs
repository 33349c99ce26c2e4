//! Which backend to use: the user's word, or the best that there is.

use std::str::FromStr;

use super::gpu::{AdapterChoice, Gpu};
use super::{Backend, Cpu, Verify};
use crate::error::{Error, Result};

/// A backend to be opened: `auto`, `gpu`, `cpu` or `verify`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// A hardware GPU, else the CPU, with a note that says why.
    #[default]
    Auto,
    /// A GPU, a software adapter if there is no other; an error if there is none at all.
    Gpu,
    /// The CPU.
    Cpu,
    /// What `gpu` would take and the CPU, with every step compared.
    Verify,
}

/// A backend, and why it is not the one that was hoped for.
pub struct Opened {
    /// The backend.
    pub backend: Box<dyn Backend>,
    /// A line to print, if `auto` took the CPU.
    pub note: Option<String>,
}

impl Choice {
    /// Opens the backend; `adapter` is a part of an adapter's name, in any case, and asks for that one.
    ///
    /// # Errors
    /// No adapter where one was asked for, with those that there are; threads that do not start.
    pub fn open(self, adapter: Option<&str>) -> Result<Opened> {
        let choice = |software| AdapterChoice { name: adapter.map(str::to_string), software };
        let gpu = |software| Gpu::new(&choice(software));
        match self {
            Choice::Cpu => opened(Cpu::<f32>::new()?, None),
            Choice::Gpu => opened(gpu(true)?, None),
            Choice::Verify => opened(Verify::new(gpu(true)?)?, None),
            Choice::Auto => match gpu(false) {
                Ok(gpu) => opened(gpu, None),
                // A name that nothing answers to, from the environment too, is a mistake, not a machine without a GPU.
                Err(Error::Gpu(error)) if choice(false).wanted().is_none() => {
                    opened(Cpu::<f32>::new()?, Some(format!("using the CPU: {error}")))
                }
                Err(error) => Err(error),
            },
        }
    }
}

fn opened(backend: impl Backend + 'static, note: Option<String>) -> Result<Opened> {
    Ok(Opened { backend: Box::new(backend), note })
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "auto" => Ok(Choice::Auto),
            "gpu" => Ok(Choice::Gpu),
            "cpu" => Ok(Choice::Cpu),
            "verify" => Ok(Choice::Verify),
            _ => Err(format!("{text:?} is no backend; there are auto, gpu, cpu and verify")),
        }
    }
}
