//! What the sections share: flags, images, trained models, the page, and the figures.

use std::collections::BTreeSet;
use std::time::Instant;

use wgrad::backend::Backend;
use wgrad::callback::Progress;
use wgrad::data::{ImageSplits, Images};
use wgrad::ndarray::Array2;
use wgrad::report::Tile;
use wgrad::serde_json::{Map, Value, json};
use wgrad::{Dataset, Fit, History, Model, Result, Samples, losses};

use crate::Flags;
use crate::common::recipe::Plan;
use crate::common::say;
use crate::judge::Judged;
use crate::models::Which;
use crate::page::Page;

/// Images in a row of a picture.
pub const SHOWN: usize = 10;

pub struct Lab {
    pub flags: Flags,
    pub images: ImageSplits,
    pub page: Page,
    pub metrics: Map<String, Value>,
    trained: Vec<(Which, Trained)>,
    pub device: String,
}

/// An autoencoder, trained.
pub struct Trained {
    pub plan: Plan,
    pub model: Model,
    pub history: History,
    pub test_mse: f64,
    pub first_weights: [Array2<f32>; 2],
    pub images: usize,
    /// The test images as they come out.
    pub decoded: Array2<f32>,
    /// Of all training images, and of the test images.
    pub latents: [Array2<f32>; 2],
    pub judged: Judged,
}

impl Lab {
    pub fn new(flags: Flags) -> Result<Self> {
        let page = Page::new(&flags.out)?;
        let device = flags.backend.open()?.info().to_string();
        let mut images = flags.data.load_grey(flags.seed, "the reports")?;
        if flags.smoke {
            images.test = images.test.take(256);
        }
        Ok(Self { flags, images, page, metrics: Map::new(), trained: Vec::new(), device })
    }

    /// A backend like the one that was announced at the start.
    pub fn backend(&self) -> Result<Box<dyn Backend>> {
        self.flags.backend.another()
    }

    /// The labels that test images have, ascending.
    pub fn classes(&self) -> Vec<u32> {
        BTreeSet::from_iter(self.images.test.labels.iter().copied()).into_iter().collect()
    }

    /// Pixels of an image.
    pub fn pixels(&self) -> usize {
        self.images.test.height * self.images.test.width
    }

    /// Height, width and channels of an image.
    pub fn image(&self) -> [usize; 3] {
        [self.images.test.height, self.images.test.width, self.images.test.channels]
    }

    /// How images stand in a row of [`SHOWN`].
    pub fn tile(&self) -> Tile {
        let tile = Tile::in_row(self.images.test.height, self.images.test.width, SHOWN);
        Tile { scale: tile.scale.min(3), ..tile }
    }

    /// The test images.
    pub fn test(&self) -> Result<Dataset> {
        Ok(Dataset::autoencoder(samples(&self.images.test)?))
    }

    /// The autoencoder, trained at the first call.
    pub fn trained(&mut self, which: Which) -> Result<&mut Trained> {
        let place = match self.trained.iter().position(|(other, _)| *other == which) {
            Some(place) => place,
            None => {
                let trained = self.train(which.name(), which.slug(), which.plan(&self.flags))?;
                self.trained.push((which, trained));
                self.trained.len() - 1
            }
        };
        Ok(&mut self.trained[place].1)
    }

    /// Trains what is planned, writes its history, and classifies its latents.
    pub fn train(&self, name: &str, slug: &str, plan: Plan) -> Result<Trained> {
        let plan = plan.within(self.images.train.len());
        say(format_args!("-- {name}: {plan}"))?;
        let train = Dataset::autoencoder(samples(&self.images.train.clone().take(plan.images))?);
        let test = self.test()?;
        let net = plan.shape.net(self.image());
        let mut model =
            net.compile(self.backend()?, losses::MeanSquaredError, plan.optimizer(), self.flags.seed)?;
        let before = first_weights(&mut model)?;
        let mut progress = Progress::new();
        let mut fit = Fit::new().epochs(plan.epochs).batch(plan.batch).validation(&test);
        if !self.flags.quiet {
            fit = fit.callback(&mut progress);
        }
        let history = model.fit(&train, fit)?;
        history.write_csv(self.page.file(&format!("history_{slug}.csv")))?;
        let (test_mse, decoded) = (model.evaluate(&test)?.loss, model.predict(test.inputs())?);
        say(format_args!("test error {test_mse:.5}, {:.1} s of training", history.train_seconds()))?;
        self.flags.profile.show(&mut model, &train, plan.batch)?;
        let first_weights = [before, first_weights(&mut model)?];
        let all = if self.flags.smoke { train.inputs().clone() } else { samples(&self.images.train)? };
        let latents = [model.encode("latent", &all)?, model.encode("latent", test.inputs())?];
        let [of_train, of_test] = &latents;
        let judged = Judged::new(self, [of_train.view(), of_test.view()], plan.svm_rows, plan.svm_c)?;
        let images = train.len();
        Ok(Trained { plan, model, history, test_mse, first_weights, images, decoded, latents, judged })
    }

    /// Writes the page and metrics.json with what there is so far.
    pub fn write(&mut self, seconds: f64) -> Result<()> {
        self.metrics.insert("device".into(), json!(self.device));
        self.metrics.insert("dataset".into(), json!(self.images.source.to_string()));
        self.metrics.insert("seconds".into(), json!(seconds));
        let metrics = Value::Object(self.metrics.clone());
        self.page.write("metrics.json", format!("{metrics:#}\n").as_bytes())?;
        let kind = if self.flags.smoke { "A quick run on few images: its figures say nothing. " } else { "" };
        let about = format!(
            "{kind}{} training images, {} test images; {}; seed {}; {seconds:.0} s in all.",
            self.images.train.len(),
            self.images.test.len(),
            self.device,
            self.flags.seed
        );
        self.page.finish("Two course reports, with wgrad", &about)
    }
}

pub fn samples(images: &Images) -> Result<Samples> {
    Samples::images(images.pixels.clone(), [images.height * images.width])
}

/// What a call returns, and its seconds.
pub fn timed<T>(call: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let start = Instant::now();
    Ok((call()?, start.elapsed().as_secs_f64()))
}

/// The weights of the first layer that has any.
fn first_weights(model: &mut Model) -> Result<Array2<f32>> {
    let first = model.parameter_names().find(|name| name.ends_with(".weight")).map(str::to_string);
    model.parameter(&first.unwrap_or_default())
}
