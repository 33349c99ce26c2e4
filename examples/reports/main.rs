//! Everything that two course reports show, and what a convolutional net sees, made by wgrad: pictures, tables, figures and one page
//! with all of them.

mod ablation;
mod autoencoders;
#[path = "../common/mod.rs"]
mod common;
mod gradients;
mod images;
mod judge;
mod keras;
mod lab;
mod latents;
mod models;
mod page;
mod recipe;
mod space;
mod xor;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use common::data::DataArgs;
use common::{BackendArgs, ProfileArgs, say};
use lab::Lab;
use wgrad::Result;

/// Run two course reports' experiments with wgrad and write one page about them.
#[derive(Parser, Debug)]
pub struct Flags {
    #[command(flatten)]
    backend: BackendArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    profile: ProfileArgs,
    /// Decides initial weights, the order of images, and drawn digits.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Folder for index.html, metrics.json, pictures and tables.
    #[arg(long, default_value = "out/reports", value_name = "DIR")]
    out: PathBuf,
    /// A quick run of everything on few images.
    #[arg(long)]
    smoke: bool,
    /// The second report's 40 epochs and 60,000 rows for its latents' classifier, instead of 10 and 10,000; ablations as
    /// long as the recipe, and the convolutional net as long as the classifier's.
    #[arg(long)]
    full: bool,
    /// Run the same networks in Keras, if python3 can import it.
    #[arg(long)]
    keras: bool,
    /// Only these sections.
    #[arg(long, value_delimiter = ',', value_name = "SECTION,…")]
    only: Vec<Section>,
    /// No progress and no lines for epochs.
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Section {
    Gradients,
    Xor,
    Autoencoders,
    Latents,
    Keras,
    Recipe,
    Ablation,
    Images,
}

fn main() {
    common::exit_on_error(run(common::flags()));
}

fn run(flags: Flags) -> Result<()> {
    if flags.backend.adapter.listed()? {
        return Ok(());
    }
    let sections = match flags.only.is_empty() {
        true => Section::value_variants().to_vec(),
        false => flags.only.clone(),
    };
    let start = Instant::now();
    let mut lab = Lab::new(flags)?;
    for section in sections {
        say(format_args!("\n== {section:?}"))?;
        let begun = Instant::now();
        let done = section.write(&mut lab);
        // What a section cannot do takes nothing from what was done before.
        let written = lab.write(start.elapsed().as_secs_f64());
        done.and(written)?;
        say(format_args!("{section:?}: {:.0} s", begun.elapsed().as_secs_f64()))?;
    }
    let (page, seconds) = (lab.page.file("index.html"), start.elapsed().as_secs_f64());
    say(format_args!("\n{} after {seconds:.0} s", page.display()))
}

impl Section {
    fn write(self, lab: &mut Lab) -> Result<()> {
        match self {
            Section::Gradients => gradients::write(lab),
            Section::Xor => xor::write(lab),
            Section::Autoencoders => autoencoders::write(lab),
            Section::Latents => latents::write(lab),
            Section::Keras => keras::write(lab),
            Section::Recipe => recipe::write(lab),
            Section::Ablation => ablation::write(lab),
            Section::Images => images::write(lab),
        }
    }
}
