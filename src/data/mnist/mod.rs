//! Sets of images that have names, MNIST among them, and sets in its format: from a folder or from the network, and digits drawn
//! where there is neither.

mod cifar;
mod download;
mod files;
mod idx;
mod info;
mod number;
mod read;
mod source;

pub use crate::error::data::DataError;
pub use download::{DownloadError, Downloader, Fault, Limits, MirrorFault, RemoteFile};
pub use files::Files;
pub use info::{Archive, DatasetInfo, Format, Origin};
pub use source::{ImageSplits, Request, Source, Surroundings, load, load_from};
