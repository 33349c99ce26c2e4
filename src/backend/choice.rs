//! Which backend to use: the user's word, or the best that there is.

use std::str::FromStr;

use super::gpu::{AdapterChoice, Gpu};
use super::{Backend, Cpu, Verify, wait};
use crate::error::{Error, Result};

/// A backend to be opened: `auto`, `gpu`, `cpu` or `verify`.
///
/// ```
/// use wgrad::backend::Choice;
///
/// let opened = Choice::Cpu.open(None)?; // Choice::Auto takes the GPU, if there is one
/// println!("{}", opened.backend.info());
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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

/// A backend, and what there is to say of the choice.
///
/// ```
/// use wgrad::backend::Choice;
///
/// let opened = Choice::Auto.open(None)?;
/// if let Some(note) = &opened.note {
///     eprintln!("{note}"); // why it is the CPU, mostly
/// }
/// assert!(["cpu", "gpu"].contains(&opened.backend.info().backend));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The backend.
    pub backend: Box<dyn Backend>,
    /// A line to print, if `auto` took the CPU or an adapter's name means several.
    pub note: Option<String>,
}

impl Choice {
    /// Opens the backend; `adapter` asks for an adapter by its number or a part of its name, as
    /// [`AdapterChoice`] does.
    ///
    /// # Errors
    /// No adapter where one was asked for, with those that there are; threads that do not start.
    pub fn open(self, adapter: Option<&str>) -> Result<Opened> {
        wait("Choice::open_async", self.open_async(adapter))
    }

    /// [`open`](Choice::open) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn open_async(self, adapter: Option<&str>) -> Result<Opened> {
        let choice = |software| AdapterChoice { name: adapter.map(str::to_string), software };
        let gpu = async |software| Gpu::open_async(&choice(software)).await;
        match self {
            Choice::Cpu => opened(Cpu::<f32>::new()?, None),
            Choice::Gpu => of_gpu(gpu(true).await?),
            Choice::Verify => {
                let gpu = gpu(true).await?;
                let note = gpu.note().map(str::to_string);
                opened(Verify::new(gpu)?, note)
            }
            Choice::Auto => match gpu(false).await {
                Ok(gpu) => of_gpu(gpu),
                // A name that nothing answers to, from the environment too, is a mistake, not a machine without a GPU.
                Err(Error::Gpu(error)) if choice(false).wanted().is_none() => {
                    opened(Cpu::<f32>::new()?, Some(format!("using the CPU: {error}")))
                }
                Err(error) => Err(error),
            },
        }
    }
}

fn of_gpu(gpu: Gpu) -> Result<Opened> {
    let note = gpu.note().map(str::to_string);
    opened(gpu, note)
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
