//! Nets with the training that makes latents of them: wgrad's own, a plain one, and those of two course reports.

use std::fmt;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use wgrad::{Init, Optimizer, Schedule};

use super::autoencoder::Autoencoder;

/// Where the settings of a run begin; flags change single ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Recipe {
    /// 784-512-32 with linear latents and He's weights; AdamW 0.002 with warm-up and cosine, batch 128, 12 epochs.
    Wgrad,
    /// Convolutions of 32 and 64 filters, 32 linear latents and 512 units; AdamW 0.003 with warm-up and cosine, averages of weights,
    /// batch 128, 14 epochs.
    Conv,
    /// Rectified 784-128-64-32; Adam 0.001, batch 256, 20 epochs.
    Plain,
    /// Rectified 784-128-64-32 on 10,000 images; SGD 0.5, batch 32, 75 epochs, C = 1.
    Report1,
    /// Rectified 784-512-256-128-64-32; SGD 0.05 with momentum 0.9, batch 32, 40 epochs, C = 1.
    Report2,
}

/// Optimizers by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    Sgd,
    Momentum,
    Rmsprop,
    Adam,
    Adamw,
}

/// A net and its training.
#[derive(Clone, Debug)]
pub struct Plan {
    pub shape: Autoencoder,
    pub method: Method,
    pub rate: f32,
    pub schedule: Schedule,
    /// How much an average of the weights keeps of itself in a step; without one, the last weights are taken.
    pub average: Option<f32>,
    /// Training images, where there are as many.
    pub images: usize,
    /// Times that every image is seen.
    pub epochs: usize,
    /// Images of a training step.
    pub batch: usize,
    /// Rows of latents for the support vector machine, and its penalty.
    pub svm_rows: usize,
    pub svm_c: f64,
}

impl Recipe {
    /// All of them with what they are, for a program's help.
    pub fn help() -> String {
        let values = Self::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let line = |value: PossibleValue| {
            format!(
                "  {:<8} {}\n",
                value.get_name(),
                value.get_help().map_or_else(String::new, ToString::to_string)
            )
        };
        format!("Recipes:\n{}", values.map(line).collect::<String>())
    }

    pub fn plan(self) -> Plan {
        let plain = Plan {
            shape: Autoencoder {
                filters: vec![],
                encoder: vec![128, 64, 32],
                decoder: vec![],
                linear: false,
                noise: 0.0,
                init: Init::GlorotUniform,
            },
            method: Method::Adam,
            rate: 0.001,
            schedule: Schedule::Constant,
            average: None,
            images: usize::MAX,
            epochs: 20,
            batch: 256,
            svm_rows: 60_000,
            svm_c: 10.0,
        };
        let report = Plan { batch: 32, svm_rows: 10_000, svm_c: 1.0, ..plain.clone() };
        match self {
            // Rectified latents die in part, linear ones cannot.
            Recipe::Wgrad => Plan {
                shape: Autoencoder {
                    encoder: vec![512, 32],
                    linear: true,
                    init: Init::HeNormal,
                    ..plain.shape
                },
                method: Method::Adamw,
                rate: 0.002,
                schedule: Schedule::WarmupCosine { epochs: 1, floor: 0.01 },
                epochs: 12,
                batch: 128,
                ..plain
            },
            Recipe::Conv => {
                let dense = Recipe::Wgrad.plan();
                let shape = Autoencoder {
                    filters: vec![32, 64],
                    encoder: vec![32],
                    decoder: vec![512],
                    ..dense.shape
                };
                Plan { shape, rate: 0.003, average: Some(0.999), epochs: 14, ..dense }
            }
            Recipe::Plain => plain,
            Recipe::Report1 => Plan { method: Method::Sgd, rate: 0.5, images: 10_000, epochs: 75, ..report },
            Recipe::Report2 => Plan {
                shape: Autoencoder { encoder: vec![512, 256, 128, 64, 32], ..report.shape },
                method: Method::Momentum,
                rate: 0.05,
                epochs: 40,
                svm_rows: 60_000,
                ..report
            },
        }
    }
}

impl Method {
    /// A usual learning rate.
    pub fn usual_rate(self) -> f32 {
        match self {
            Method::Sgd => 0.5,
            Method::Momentum => 0.1,
            Method::Rmsprop | Method::Adam | Method::Adamw => 0.001,
        }
    }
}

impl Plan {
    /// Enough to see that everything runs.
    pub fn quick(self) -> Self {
        Self { images: 512, epochs: 2, svm_rows: 512, ..self }
    }

    /// For no more training images than there are.
    pub fn within(self, images: usize) -> Self {
        Self { images: self.images.min(images), svm_rows: self.svm_rows.min(images), ..self }
    }

    pub fn optimizer(&self) -> Optimizer {
        let optimizer = match self.method {
            Method::Sgd => Optimizer::sgd(self.rate),
            Method::Momentum => Optimizer::momentum(self.rate, 0.9),
            Method::Rmsprop => Optimizer::rms_prop(self.rate),
            Method::Adam => Optimizer::adam(self.rate),
            Method::Adamw => Optimizer::adam_w(self.rate, 0.01),
        };
        let optimizer = optimizer.schedule(self.schedule);
        match self.average {
            Some(kept) => optimizer.average(kept),
            None => optimizer,
        }
    }
}

/// A line such as `adam 0.001, batch 256, 20 epochs of 60000 images`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = format!("{:?}", self.method).to_lowercase();
        let schedule = if self.schedule == Schedule::Constant { "" } else { " with a schedule" };
        let Plan { rate, batch, epochs, images, .. } = self;
        write!(f, "{method} {rate}{schedule}, batch {batch}, {epochs} epochs of {images} images")
    }
}
