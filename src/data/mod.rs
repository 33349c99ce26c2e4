//! Images to learn from: MNIST or another set from a folder or from the network, or digits drawn here.
//!
//! [`load`] takes the first that answers: the folder a user named, the user's own data folder, a download
//! into it, and else, for MNIST, digits drawn from a seed. [`ImageSplits::source`] says in one line which it was and why.
//! [`DatasetInfo`] has the sets that are known by name: MNIST, Fashion-MNIST, KMNIST, EMNIST's digits and letters, CIFAR-10.
//!
//! ```no_run
//! # #[cfg(feature = "mnist")] {
//! use wgrad::data::{DatasetInfo, Request, load};
//!
//! let images = load(&Request { dataset: Some(DatasetInfo::fashion_mnist()), ..Request::default() })?;
//! println!("{}: {} + {} images", images.source, images.train.len(), images.test.len());
//! println!("the first shows: {}", images.class_names()[&images.train.labels[0]]);
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
    Archive, DataError, DatasetInfo, DownloadError, Downloader, Fault, Files, Format, ImageSplits, Limits,
    MirrorFault, Origin, RemoteFile, Request, Source, Surroundings, load, load_from,
};
#[cfg(feature = "npy")]
pub use npy::{NpyArray, NpzFile};
