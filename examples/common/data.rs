//! The choice of images.

use std::path::PathBuf;

use clap::Args;
use wgrad::data::{DatasetInfo, ImageSplits, Images, Request, load};
use wgrad::{Dataset, Error, Result, Samples};

use super::say;

/// What to train on.
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    /// A set of images: mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters or cifar10
    /// [default: mnist, or what --data holds in its format].
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<DatasetInfo>,
    /// Folder with the set's files, or with a folder for each set. Without --dataset: with the four files of MNIST or of a set
    /// like it, plain or gzipped; where it holds several sets, DIR/emnist-letters stands for one of them
    /// [default: WGRAD_DATA, the user's data folder, a download, drawn digits in the place of MNIST].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Draw digits instead of reading any.
    #[arg(long)]
    pub synthetic: bool,
}

impl DataArgs {
    /// Loads the images and says where they are from.
    pub fn load(&self, seed: u64) -> Result<ImageSplits> {
        let dataset = self.dataset.clone();
        let request =
            Request { dataset, folder: self.data.clone(), synthetic: self.synthetic, seed, download: true };
        let splits = load(&request)?;
        let (classes, images) = (splits.class_names(), &splits.train);
        say(format_args!("dataset: {}, {} + {} images", splits.source, images.len(), splits.test.len()))?;
        if let (Some(first), Some(last)) = (classes.values().next(), classes.values().last()) {
            let colors =
                if images.channels == 1 { String::new() } else { format!(" × {}", images.channels) };
            say(format_args!(
                "{} × {}{colors} pixels, {} classes from {first} to {last}",
                images.height,
                images.width,
                classes.len()
            ))?;
        }
        Ok(splits)
    }

    /// Loads images of one channel; others are an error that says what wants grey ones.
    pub fn load_grey(&self, seed: u64, what: &str) -> Result<ImageSplits> {
        let splits = self.load(seed)?;
        match splits.train.channels {
            1 => Ok(splits),
            channels => {
                let why = format!(
                    "{what} show grey images, and these have {channels} channels; choose another set"
                );
                Err(Error::Setting { why })
            }
        }
    }
}

/// The shape of an image: rows and columns, and channels where there are several.
pub fn shape(images: &Images) -> Vec<usize> {
    let shape = [images.height, images.width, images.channels];
    shape[..if images.channels == 1 { 2 } else { 3 }].to_vec()
}

/// The images with the place of each one's label among the classes.
pub fn labelled(images: &Images, classes: &[u32]) -> Result<Dataset> {
    let samples = Samples::images(images.pixels.clone(), shape(images))?;
    let place = |label: &u32| classes.partition_point(|class| class < label) as u32;
    Dataset::classification(samples, images.labels.iter().map(place).collect())
}

/// Pixels as grey ones, by the luma of ITU-R 601.
pub fn grey(pixels: &[f32], channels: usize) -> Vec<f32> {
    match channels {
        3 => pixels
            .as_chunks()
            .0
            .iter()
            .map(|[red, green, blue]| 0.299 * red + 0.587 * green + 0.114 * blue)
            .collect(),
        _ => pixels.to_vec(),
    }
}
