//! Images of digits to learn from: MNIST from a folder, from the network, or digits drawn here.
//!
//! [`load`] takes the first that answers: the folder a user named, the user's own data folder, a download
//! into it, and else digits drawn from a seed. [`Mnist::source`] says in one line which it was and why.
//!
//! ```no_run
//! use wgrad::data::{Request, load};
//!
//! let mnist = load(&Request::default())?;
//! println!("{}: {} + {} images", mnist.source, mnist.train.len(), mnist.test.len());
//! # Ok::<(), wgrad::data::DataError>(())
//! ```

pub mod digits;
mod download;
mod error;
mod files;
mod idx;
mod images;
mod mnist;
mod source;

pub use download::{DownloadError, Downloader, Fault, Limits, MirrorFault};
pub use error::DataError;
pub use files::Files;
pub use images::Images;
pub use source::{Mnist, Request, Source, Surroundings, load, load_from};
