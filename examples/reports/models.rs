//! The autoencoders of the page.

use wgrad::Init;

use crate::Flags;
use crate::common::autoencoder::Autoencoder;
use crate::common::recipe::{Method, Plan, Recipe};

/// Of the second report's 40, so that the page is there within ten minutes.
const SHORT_EPOCHS: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    First,
    Second,
    SecondMomentum,
    SecondHe,
    Recipe,
}

impl Which {
    pub fn name(self) -> &'static str {
        match self {
            Which::First => "first report",
            Which::Second => "second, SGD",
            Which::SecondMomentum => "second, momentum",
            Which::SecondHe => "second, momentum, He",
            Which::Recipe => "wgrad's recipe",
        }
    }

    /// For names of files.
    pub fn slug(self) -> &'static str {
        match self {
            Which::First => "first",
            Which::Second => "second",
            Which::SecondMomentum => "second_momentum",
            Which::SecondHe => "second_he",
            Which::Recipe => "recipe",
        }
    }

    /// How it is trained and judged; the second report's with fewer epochs and rows unless the run is a full one.
    pub fn plan(self, flags: &Flags) -> Plan {
        let second = Recipe::Report2.plan();
        let short = Plan { epochs: SHORT_EPOCHS, svm_rows: 10_000, ..second.clone() };
        let second = if flags.full { second } else { short };
        let plan = match self {
            Which::First => Recipe::Report1.plan(),
            Which::Second => Plan { method: Method::Sgd, ..second },
            Which::SecondMomentum => second,
            Which::SecondHe => {
                let shape = Autoencoder { init: Init::HeUniform, ..second.shape };
                Plan { shape, ..second }
            }
            Which::Recipe => Recipe::Wgrad.plan(),
        };
        if flags.smoke { plan.quick() } else { plan }
    }
}
