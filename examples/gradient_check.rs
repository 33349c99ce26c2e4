//! Holds the gradients of every layer, activation and loss against differences of the loss, as course reports do.

mod common;

use std::sync::Arc;

use clap::Parser;
use common::gradients::{Case, cases};
use common::{BackendArgs, say, warn};
use wgrad::Result;
use wgrad::gradcheck::{BOUND, gradcheck_beside};

/// What a gradient in f32 may be off by, relative to its largest element.
const BOUND_F32: f64 = 1e-4;

/// Check analytical gradients against numerical ones, for every layer, activation and loss.
///
/// The status is 1 if one differs by more than 1e-8 in f64, or by more than 1e-4 in f32 on the backend.
#[derive(Parser, Debug)]
struct Flags {
    #[command(flatten)]
    backend: BackendArgs,
    /// Decides parameters and samples.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// A quick run: without the autoencoder of 784 pixels.
    #[arg(long)]
    smoke: bool,
}

fn main() {
    let flags: Flags = common::flags();
    common::exit_on_error(run(&flags));
}

fn run(flags: &Flags) -> Result<()> {
    if flags.backend.adapter.listed()? {
        return Ok(());
    }
    let mut backend = flags.backend.open()?;
    say(
        "n = (L(w + h) - L(w - h)) / 2h in f64, extrapolated to h = 0 (Ridders, 1982); a is the tape's gradient",
    )?;
    say(format_args!(
        "relative: |a-n| / max(|a|, |n|, a hundredth of the largest), which is to be at most {BOUND:e}\n"
    ))?;
    let (mut largest, mut wrong) = (0f64, Vec::new());
    for Case { title, net, loss, data } in cases(flags.seed, flags.smoke)? {
        let check = gradcheck_beside(&mut *backend, &net, Arc::clone(&loss), &data, flags.seed)?;
        say(format_args!("{title}, {}\n{check}\n", loss.name()))?;
        largest = largest.max(check.relative());
        let far = check.rows.iter().filter_map(|row| row.device).any(|difference| difference > BOUND_F32);
        if far || !check.passes() {
            wrong.push(title);
        }
    }
    say(format_args!("largest relative difference: {largest:.1e}"))?;
    if !wrong.is_empty() {
        warn(format_args!("error: wrong gradients of {}", wrong.join(", ")));
        std::process::exit(1);
    }
    Ok(())
}
