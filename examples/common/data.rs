//! The choice of images.

use std::path::PathBuf;

use clap::Args;
use wgrad::Result;
use wgrad::data::{Mnist, Request, load};

/// What to train on.
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    /// Folder with the four MNIST files, plain or gzipped [default: WGRAD_DATA, the user's data folder, a download, drawn digits].
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
        super::say(format_args!(
            "dataset: {}, {} + {} images",
            mnist.source,
            mnist.train.len(),
            mnist.test.len()
        ))?;
        Ok(mnist)
    }
}
