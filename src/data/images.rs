//! Labelled images, held as bytes.

/// Images of one size, each with the class it belongs to.
///
/// # Shapes
/// `pixels`: len × `height` × `width` × `channels`, row-major, 0 (black; the paper of digits) to 255; `labels`: len.
///
/// ```
/// use wgrad::data::Images;
///
/// let images = Images { pixels: vec![0, 255, 255, 0], labels: vec![3, 7], height: 1, width: 2, channels: 1 };
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
    /// 1 for grey, 3 for red, green and blue, which stand together for each pixel.
    pub channels: usize,
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

    /// Bytes of one image.
    fn size(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// The `height` × `width` × `channels` bytes of image `index`, or `None` past the last image.
    pub fn image(&self, index: usize) -> Option<&[u8]> {
        let size = self.size();
        let start = index.checked_mul(size)?;
        self.pixels.get(start..start.checked_add(size)?)
    }

    /// The first `count` images, or all where there are fewer.
    #[must_use]
    pub fn take(mut self, count: usize) -> Self {
        self.labels.truncate(count);
        self.pixels.truncate(self.labels.len() * self.size());
        self
    }

    /// Each image with its rows as columns: upright where a file holds it transposed, as those of EMNIST do.
    ///
    /// ```
    /// use wgrad::data::Images;
    ///
    /// let images = Images { pixels: vec![1, 2, 3, 4, 5, 6], labels: vec![0], height: 2, width: 3, channels: 1 };
    /// assert_eq!(images.transposed().pixels, [1, 4, 2, 5, 3, 6]);
    /// ```
    #[must_use]
    pub fn transposed(self) -> Self {
        let size = self.size().max(1);
        let Self { pixels, labels, height, width, channels } = self;
        let mut turned = Vec::with_capacity(pixels.len());
        for image in pixels.chunks_exact(size) {
            for column in 0..width {
                let pixels = image.chunks_exact(channels.max(1)).skip(column).step_by(width);
                turned.extend(pixels.flatten());
            }
        }
        Self { pixels: turned, labels, height: width, width: height, channels }
    }
}
