//! MNIST, and sets like it, from a folder or from the network, and digits drawn where there is neither.

mod download;
mod files;
mod idx;
mod number;
mod read;
mod source;

pub use crate::error::data::DataError;
pub use download::{DownloadError, Downloader, Fault, Limits, MirrorFault};
pub use files::Files;
pub use source::{Mnist, Request, Source, Surroundings, load, load_from};
