//! Labelled grey images, held as bytes.

/// Grey images of one size, each with the class it belongs to.
///
/// # Shapes
/// `pixels`: len × `height` × `width`, row-major, 0 (paper) to 255 (full ink); `labels`: len.
///
/// ```
/// use wgrad::data::Images;
///
/// let images = Images { pixels: vec![0, 255, 255, 0], labels: vec![3, 7], height: 1, width: 2 };
/// assert_eq!(images.image(1), Some(&[255, 0][..]));
/// assert_eq!(images.take(1).labels, [3]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// All pixels, image after image, row after row.
    pub pixels: Vec<u8>,
    /// The class of each image; classes need not begin at 0.
    pub labels: Vec<u32>,
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

    /// Each image with its rows as columns: upright where a file holds it transposed, as those of EMNIST do.
    ///
    /// ```
    /// use wgrad::data::Images;
    ///
    /// let images = Images { pixels: vec![1, 2, 3, 4, 5, 6], labels: vec![0], height: 2, width: 3 };
    /// assert_eq!(images.transposed().pixels, [1, 4, 2, 5, 3, 6]);
    /// ```
    #[must_use]
    pub fn transposed(self) -> Self {
        let Self { pixels, labels, height, width } = self;
        let mut turned = Vec::with_capacity(pixels.len());
        for image in pixels.chunks_exact((height * width).max(1)) {
            for column in 0..width {
                turned.extend(image.iter().skip(column).step_by(width));
            }
        }
        Self { pixels: turned, labels, height: width, width: height }
    }
}
