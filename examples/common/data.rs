//! The choice of images.

use std::path::PathBuf;

use clap::Args;
use wgrad::Result;
use wgrad::data::{Mnist, Request, load};

use super::say;

/// What to train on.
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    /// Folder with the four files of MNIST or of a set like it, plain or gzipped; where it holds several sets,
    /// DIR/emnist-letters stands for one of them [default: WGRAD_DATA, the user's data folder, a download, drawn digits].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Draw digits instead of reading any.
    #[arg(long)]
    pub synthetic: bool,
}

impl DataArgs {
    /// Loads the images and says where they are from.
    pub fn load(&self, seed: u64) -> Result<Mnist> {
        let request = Request { folder: self.data.clone(), synthetic: self.synthetic, seed, download: true };
        let mnist = load(&request)?;
        let (classes, images) = (mnist.classes(), &mnist.train);
        say(format_args!("dataset: {}, {} + {} images", mnist.source, images.len(), mnist.test.len()))?;
        if let (Some(first), Some(last)) = (classes.first(), classes.last()) {
            say(format_args!(
                "{} × {} pixels, {} classes from {first} to {last}",
                images.height,
                images.width,
                classes.len()
            ))?;
        }
        Ok(mnist)
    }
}
