//! Labelled grey images, held as bytes.

/// Grey images of one size, each with the class it belongs to.
///
/// # Shapes
/// `pixels`: len × `height` × `width`, row-major, 0 (paper) to 255 (full ink); `labels`: len, each 0 to 9.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// All pixels, image after image, row after row.
    pub pixels: Vec<u8>,
    /// The class of each image.
    pub labels: Vec<u8>,
    /// Rows of one image.
    pub height: usize,
    /// Columns of one image.
    pub width: usize,
}

impl Images {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The `height` × `width` pixels of image `index`, or `None` past the last image.
    pub fn image(&self, index: usize) -> Option<&[u8]> {
        let size = self.height * self.width;
        let start = index.checked_mul(size)?;
        self.pixels.get(start..start.checked_add(size)?)
    }

    /// The first `count` images, or all where there are fewer.
    #[must_use]
    pub fn take(mut self, count: usize) -> Self {
        self.labels.truncate(count);
        self.pixels.truncate(self.labels.len() * self.height * self.width);
        self
    }
}
