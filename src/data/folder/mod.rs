//! Folders of images, a folder for each class.

mod decode;
mod files;
mod resize;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::image::ImageFault;
use crate::error::{Error, Result};
use crate::train::dataset::{Dataset, Samples};
use decode::Picture;

/// The longest side of an image.
const LONGEST: usize = 16_384;

/// A folder with a folder of PNG and JPEG images for each class, as Keras's `image_dataset_from_directory` and torchvision's
/// `ImageFolder` take it.
///
/// Images become RGB, as bytes, without transparency; [`gray`](Self::gray) makes them gray. Files tell by their content what
/// they are; a photo's note on how the camera was held (Exif orientation) turns nothing. Files whose names begin with a dot are passed over, and so are files beside the folders.
///
/// ```no_run
/// use wgrad::data::ImageFolder;
///
/// let pets = ImageFolder::open("pets")?.resized(64, 64).progress(|done, all| eprintln!("{done} of {all}")).read()?;
/// println!("{:?}", pets.classes); // the folders' names, sorted
/// let (train, test) = pets.dataset()?.stratified_split(0.2, 0)?;
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// ```
/// use wgrad::Error;
/// use wgrad::data::{ImageFault, ImageFolder};
///
/// let folder = tempfile::tempdir()?;
/// let read = ImageFolder::open(folder.path())?.read();
/// assert!(matches!(read, Err(Error::Image { fault: ImageFault::NoClass, .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "`read` makes images of it"]
pub struct ImageFolder<'p> {
    path: PathBuf,
    gray: bool,
    size: Option<[usize; 2]>,
    progress: Option<Box<dyn FnMut(usize, usize) + 'p>>,
}

/// Images of one size with their classes, held as bytes.
///
/// # Shapes
/// `pixels`: images × `height` × `width` × `channels`; `labels`: images.
///
/// ```
/// use wgrad::data::ImageSet;
///
/// let (pixels, classes) = (vec![0, 255, 128, 64], ["cat", "dog"].map(String::from).to_vec());
/// let set = ImageSet { pixels, labels: vec![0, 1], classes, height: 1, width: 2, channels: 1 };
/// assert_eq!(set.dataset()?.inputs().shape(), [1, 2, 1]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSet {
    /// All pixels, image after image, row after row; a pixel's channels stand together.
    pub pixels: Vec<u8>,
    /// The class of each image, its place in `classes`.
    pub labels: Vec<u32>,
    /// The names of the classes, sorted as text: `10` comes before `2`.
    pub classes: Vec<String>,
    /// Rows of one image.
    pub height: usize,
    /// Columns of one image.
    pub width: usize,
    /// 1 for gray, 3 for RGB.
    pub channels: usize,
}

impl ImageSet {
    /// Images of shape height × width × channels and their labels. The images stay bytes.
    ///
    /// # Errors
    /// No images, or numbers of pixels and labels that do not fit.
    pub fn dataset(self) -> Result<Dataset> {
        let images = Samples::images(self.pixels, [self.height, self.width, self.channels])?;
        Dataset::classification(images, self.labels)
    }
}

impl<'p> ImageFolder<'p> {
    /// Opens a folder.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        path.read_dir().map_err(|source| ImageFault::Read { source }.of(path))?;
        Ok(Self { path: path.into(), gray: false, size: None, progress: None })
    }

    /// One channel instead of three: the luma of ITU-R 601, as Pillow and Keras compute it.
    pub fn gray(self) -> Self {
        Self { gray: true, ..self }
    }

    /// Brings all images to this size, by triangular weights that widen where an image shrinks, as Pillow's `BILINEAR` does.
    pub fn resized(self, height: usize, width: usize) -> Self {
        Self { size: Some([height, width]), ..self }
    }

    /// Is called after each image with how many are read, and how many there are.
    pub fn progress(self, progress: impl FnMut(usize, usize) + 'p) -> Self {
        Self { progress: Some(Box::new(progress)), ..self }
    }

    /// Reads all images, in the order of classes and then of file names.
    ///
    /// # Errors
    /// No class; a class without an image; a file that is no image; images of several sizes.
    pub fn read(self) -> Result<ImageSet> {
        let Self { path, gray, size, mut progress } = self;
        if let Some([height, width]) =
            size.filter(|size| !size.iter().all(|side| (1..=LONGEST).contains(side)))
        {
            return Err(ImageFault::NoPixels { height, width }.of(&path));
        }
        let (classes, files) = files::classes(&path)?;
        let channels = if gray { 1 } else { 3 };
        let (mut pixels, mut first) = (Vec::new(), None);
        for (at, (_, file)) in files.iter().enumerate() {
            let fault = |fault: ImageFault| fault.of(file);
            let picture = decode::read(file, channels).map_err(fault)?;
            let picture = match size {
                Some(size) => resize::to(picture, size, channels),
                None => picture,
            };
            check_size(&picture, first.get_or_insert((file, picture.size))).map_err(fault)?;
            pixels.extend(picture.pixels);
            if let Some(progress) = &mut progress {
                progress(at + 1, files.len());
            }
        }
        let [height, width] = first.map_or([0, 0], |(_, size)| size);
        let labels = files.iter().map(|(class, _)| *class).collect();
        Ok(ImageSet { pixels, labels, classes, height, width, channels })
    }
}

impl fmt::Debug for ImageFolder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, gray, size, .. } = self;
        f.debug_struct("ImageFolder").field("path", path).field("gray", gray).field("size", size).finish()
    }
}

/// An error unless a picture has the size of the first one.
fn check_size(picture: &Picture, (first, expected): &(&PathBuf, [usize; 2])) -> Result<(), ImageFault> {
    if picture.size == *expected {
        return Ok(());
    }
    Err(ImageFault::Size { found: picture.size, first: first.to_path_buf(), expected: *expected })
}

impl ImageFault {
    /// The error that also names the file or folder.
    fn of(self, path: &Path) -> Error {
        Error::Image { path: path.into(), fault: self }
    }
}
