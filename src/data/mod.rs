//! Images to learn from: MNIST or a set like it from a folder, MNIST from the network, or digits drawn here.
//!
//! [`load`] takes the first that answers: the folder a user named, the user's own data folder, a download
//! into it, and else digits drawn from a seed. [`Mnist::source`] says in one line which it was and why.
//!
//! ```no_run
//! # #[cfg(feature = "mnist")] {
//! use wgrad::data::{Request, load};
//!
//! let mnist = load(&Request::default())?;
//! println!("{}: {} + {} images", mnist.source, mnist.train.len(), mnist.test.len());
//! # }
//! # Ok::<(), wgrad::Error>(())
//! ```

pub mod digits;
mod images;
#[cfg(feature = "mnist")]
mod mnist;

pub use images::Images;
#[cfg(feature = "mnist")]
pub use mnist::{
    DataError, DownloadError, Downloader, Fault, Files, Limits, MirrorFault, Mnist, Request, Source,
    Surroundings, load, load_from,
};
