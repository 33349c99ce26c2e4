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

#[cfg(feature = "csv")]
mod csv;
pub mod digits;
#[cfg(feature = "images")]
mod folder;
mod images;
#[cfg(feature = "mnist")]
mod mnist;
#[cfg(feature = "npy")]
mod npy;

#[cfg(feature = "csv")]
pub use crate::error::csv::CsvFault;
#[cfg(feature = "images")]
pub use crate::error::image::ImageFault;
#[cfg(feature = "npy")]
pub use crate::error::npy::NpyFault;
#[cfg(feature = "csv")]
pub use csv::{CsvData, CsvTable, Missing};
#[cfg(feature = "images")]
pub use folder::{ImageFolder, ImageSet};
pub use images::Images;
#[cfg(feature = "mnist")]
pub use mnist::{
    DataError, DownloadError, Downloader, Fault, Files, Limits, MirrorFault, Mnist, Request, Source,
    Surroundings, load, load_from,
};
#[cfg(feature = "npy")]
pub use npy::{NpyArray, NpzFile};
