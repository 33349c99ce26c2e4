//! What can be wrong with a folder of images.

use std::path::PathBuf;

/// What can be wrong with a folder of images or a file in it; [`Error::Image`](crate::Error::Image) says which.
///
/// ```
/// use wgrad::Error;
/// use wgrad::data::{ImageFault, ImageFolder};
///
/// let folder = tempfile::tempdir()?;
/// std::fs::create_dir(folder.path().join("cats"))?;
/// std::fs::write(folder.path().join("cats/notes.txt"), "Minka")?;
/// match ImageFolder::open(folder.path())?.read() {
///     Err(Error::Image { path, fault: ImageFault::NoImage }) => assert!(path.ends_with("cats/notes.txt")),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageFault {
    /// A file or a folder that the system does not give.
    #[error("cannot be read: {source}; check the name and its permissions")]
    Read {
        /// The system's reason.
        source: std::io::Error,
    },
    /// A folder without folders of classes.
    #[error("has no folder in it; put the images of each class into a folder with the class's name")]
    NoClass,
    /// A class without an image.
    #[error("has no image; add a PNG or JPEG file, or remove the folder")]
    Empty,
    /// A folder within that of a class.
    #[error("is a folder among the images of a class; move its images up, or remove it")]
    Folder,
    /// A file that is neither PNG nor JPEG.
    #[error("is neither a PNG nor a JPEG image; convert it, or move it away")]
    NoImage,
    /// An image that cannot be decoded.
    #[error("is no whole image: {why}; write it again")]
    Decode {
        /// What is wrong.
        why: String,
    },
    /// An image of another size than the first one.
    #[error(
        "is of {}×{} pixels, and {} is of {}×{}; make all of one size, or choose one with `resized`",
        found[0], found[1], first.display(), expected[0], expected[1]
    )]
    Size {
        /// Rows and columns of the image.
        found: [usize; 2],
        /// The first image.
        first: PathBuf,
        /// Rows and columns of the first image.
        expected: [usize; 2],
    },
    /// A size without a pixel, or with too many.
    #[error("cannot be resized to {height}×{width} pixels; give both sides from 1 to 16384")]
    NoPixels {
        /// Rows asked for.
        height: usize,
        /// Columns asked for.
        width: usize,
    },
}
