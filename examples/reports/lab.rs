//! What the sections share: flags, images, trained models, the page, and the figures.

use std::time::Instant;

use ndarray::Array2;
use serde_json::{Map, Value, json};
use wgrad::backend::Backend;
use wgrad::callback::Progress;
use wgrad::data::{Images, Mnist};
use wgrad::{Dataset, Fit, History, Init, Loss, Model, Optimizer, Result, Samples};

use crate::Flags;
use crate::common::autoencoder::Autoencoder;
use crate::common::recipe;
use crate::page::Page;

pub struct Lab {
    pub flags: Flags,
    pub mnist: Mnist,
    pub page: Page,
    pub metrics: Map<String, Value>,
    trained: Vec<Trained>,
    device: String,
}

/// The autoencoders of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    First,
    Second,
    SecondMomentum,
    SecondHe,
    Recipe,
}

/// How one of them is trained.
pub struct Plan {
    pub shape: Autoencoder,
    pub optimizer: Optimizer,
    pub images: usize,
    pub epochs: usize,
    pub batch: usize,
}

/// One of them, trained.
pub struct Trained {
    which: Which,
    pub shape: Autoencoder,
    pub model: Model,
    pub history: History,
    pub test_mse: f64,
    pub first_weights: [Array2<f32>; 2],
    pub images: usize,
}

impl Which {
    pub fn name(self) -> &'static str {
        match self {
            Which::First => "first report",
            Which::Second => "second report, SGD",
            Which::SecondMomentum => "second report, momentum 0.9",
            Which::SecondHe => "second report, momentum, He",
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

    fn plan(self, flags: &Flags) -> Plan {
        let report = |encoder: &[usize], init| Autoencoder {
            encoder: encoder.to_vec(),
            linear: false,
            noise: 0.0,
            init,
        };
        let epochs = if flags.full { 40 } else { 10 };
        let second = |init, optimizer| {
            let shape = report(&[512, 256, 128, 64, 32], init);
            Plan { shape, optimizer, images: 60_000, epochs, batch: 32 }
        };
        let glorot = Init::GlorotUniform;
        let plan = match self {
            Which::First => {
                let shape = report(&[128, 64, 32], glorot);
                Plan { shape, optimizer: Optimizer::sgd(0.5), images: 10_000, epochs: 75, batch: 32 }
            }
            Which::Second => second(glorot, Optimizer::sgd(0.05)),
            Which::SecondMomentum => second(glorot, Optimizer::momentum(0.05, 0.9)),
            Which::SecondHe => second(Init::HeUniform, Optimizer::momentum(0.05, 0.9)),
            Which::Recipe => Plan {
                shape: recipe::shape(),
                optimizer: recipe::optimizer(),
                images: 60_000,
                epochs: recipe::EPOCHS,
                batch: recipe::BATCH,
            },
        };
        if flags.smoke { Plan { images: 512, epochs: 2, ..plan } } else { plan }
    }
}

impl Lab {
    pub fn new(flags: Flags) -> Result<Self> {
        let device = flags.backend.open()?.info().to_string();
        let mut mnist = flags.data.load(flags.seed)?;
        if flags.smoke {
            mnist.test = mnist.test.take(256);
        }
        let page = Page::new(&flags.out)?;
        Ok(Self { flags, mnist, page, metrics: Map::new(), trained: Vec::new(), device })
    }

    /// A backend like the one that was announced at the start.
    pub fn backend(&self) -> Result<Box<dyn Backend>> {
        Ok(self.flags.backend.backend.open(self.flags.backend.adapter.as_deref())?.backend)
    }

    /// The test images.
    pub fn test(&self) -> Result<Dataset> {
        Ok(Dataset::autoencoder(samples(&self.mnist.test)?))
    }

    /// The autoencoder, trained at the first call.
    pub fn trained(&mut self, which: Which) -> Result<&mut Trained> {
        let place = match self.trained.iter().position(|trained| trained.which == which) {
            Some(place) => place,
            None => {
                let trained = self.train(which)?;
                self.trained.push(trained);
                self.trained.len() - 1
            }
        };
        Ok(&mut self.trained[place])
    }

    fn train(&self, which: Which) -> Result<Trained> {
        println!("-- {}", which.name());
        let Plan { shape, optimizer, images, epochs, batch } = which.plan(&self.flags);
        let train = Dataset::autoencoder(samples(&self.mnist.train.clone().take(images))?);
        let test = self.test()?;
        let net = shape.net(train.inputs().width());
        let mut model = net.compile(self.backend()?, Loss::MeanSquaredError, optimizer, self.flags.seed)?;
        let before = model.parameter("dense_1.weight")?;
        let mut progress = Progress::new();
        let mut fit = Fit::new().epochs(epochs).batch(batch).validation(&test);
        if !self.flags.quiet {
            fit = fit.callback(&mut progress);
        }
        let history = model.fit(&train, fit)?;
        let test_mse = model.evaluate(&test)?.loss;
        println!("test error {test_mse:.5}, {:.1} s of training", history.train_seconds());
        history.write_csv(self.page.file(&format!("history_{}.csv", which.slug())))?;
        let first_weights = [before, model.parameter("dense_1.weight")?];
        Ok(Trained { which, shape, model, history, test_mse, first_weights, images: train.len() })
    }

    /// Writes the page and metrics.json.
    pub fn finish(mut self, seconds: f64) -> Result<()> {
        self.metrics.insert("device".into(), json!(self.device));
        self.metrics.insert("dataset".into(), json!(self.mnist.source.to_string()));
        self.metrics.insert("seconds".into(), json!(seconds));
        self.page.write("metrics.json", format!("{:#}\n", Value::Object(self.metrics)).as_bytes())?;
        let kind = if self.flags.smoke { "A quick run on few images: its figures say nothing. " } else { "" };
        let about = format!(
            "{kind}{} training images, {} test images; {}; seed {}; {seconds:.0} s in all.",
            self.mnist.train.len(),
            self.mnist.test.len(),
            self.device,
            self.flags.seed
        );
        self.page.finish("Two course reports, with wgrad", &about)?;
        println!("\n{} after {seconds:.0} s", self.page.file("index.html").display());
        Ok(())
    }
}

pub fn samples(images: &Images) -> Result<Samples> {
    Samples::images(images.pixels.clone(), [images.height * images.width])
}

pub fn labels(images: &Images) -> Vec<u32> {
    images.labels.iter().map(|label| u32::from(*label)).collect()
}

/// What a call returns, and its seconds.
pub fn timed<T>(call: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let start = Instant::now();
    Ok((call()?, start.elapsed().as_secs_f64()))
}
