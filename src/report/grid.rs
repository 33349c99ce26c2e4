//! Rows of small grey images.

use std::borrow::Cow;
use std::path::Path;

use super::ReportError;
use crate::file::whole_file;

/// Most pixels along a side of the picture.
pub const MAX_SIDE: usize = 8192;

/// Width of the lines around the images in pixels.
const LINE: usize = 4;
const LINE_GREY: u8 = 255;

/// The pixels of a row's images, one image after another, each row by row from its upper left corner.
///
/// ```
/// use wgrad::report::{ImageRow, ReportError, Tile, image_grid};
///
/// let (original, decoded) = ([0, 255], [0.1, f32::NAN]);
/// let rows = [ImageRow::Bytes(&original), ImageRow::Unit(&decoded)];
/// let drawn = image_grid("digits.png", &rows, Tile::new(1, 2));
/// assert!(matches!(drawn, Err(ReportError::Pixel { row: 1, index: 1, .. })));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ImageRow<'a> {
    /// Black is 0, white is 1; what is beyond is drawn as black or white.
    Unit(&'a [f32]),
    /// Black is 0, white is 255.
    Bytes(&'a [u8]),
}

/// The size of every image in a grid.
///
/// ```
/// use wgrad::report::{MAX_SIDE, Tile};
///
/// assert_eq!(Tile::new(28, 28).scale, 4);
/// let narrow = Tile::in_row(28, 28, 100);
/// assert!(100 * narrow.width * narrow.scale < MAX_SIDE);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Height of an image in pixels.
    pub height: usize,
    /// Width of an image in pixels.
    pub width: usize,
    /// Pixels of the picture along each side of an image's pixel.
    pub scale: usize,
}

impl Tile {
    /// Images of `height` × `width` pixels, enlarged 4 times.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width, scale: 4 }
    }

    /// The same, enlarged less where a row of so many `images` would be wider than [`MAX_SIDE`].
    pub fn in_row(height: usize, width: usize, images: usize) -> Self {
        let each = (MAX_SIDE - LINE) / images.max(1);
        let scale = (each.saturating_sub(LINE) / width.max(1)).clamp(1, 4);
        Self { height, width, scale }
    }
}

/// Draws rows of images as an 8-bit grey PNG, for example originals over their reconstructions.
///
/// # Shapes
///
/// Each row holds `n · height · width` pixels, with the same number `n` of images in all rows. With 4 pixels of
/// white around each image, the picture is `n · (width · scale + 4) + 4` pixels wide and, for `m` rows,
/// `m · (height · scale + 4) + 4` tall.
///
/// # Errors
///
/// [`ReportError::EmptyTile`], [`ReportError::NoRows`], [`ReportError::RowPixels`] and
/// [`ReportError::RowImages`] for sizes that do not fit, [`ReportError::TooLarge`] for a side of more than
/// [`MAX_SIDE`] pixels, [`ReportError::Pixel`] for one that is not finite, [`ReportError::Write`] when the file
/// cannot be written.
///
/// ```
/// use wgrad::report::{ImageRow, Tile, image_grid};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("digits.png");
/// let (digits, decoded) = ([0_u8; 10 * 28 * 28], [0.5_f32; 10 * 28 * 28]);
/// image_grid(&path, &[ImageRow::Bytes(&digits), ImageRow::Unit(&decoded)], Tile::new(28, 28))?;
/// assert!(std::fs::read(&path)?.starts_with(b"\x89PNG"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn image_grid(path: impl AsRef<Path>, rows: &[ImageRow], tile: Tile) -> Result<(), ReportError> {
    let path = path.as_ref();
    let images = images_per_row(path, rows, tile)?;
    let size = picture_size(path, rows.len(), images, tile)?;
    let rows = rows
        .iter()
        .enumerate()
        .map(|(row, pixels)| pixels.bytes(path, row))
        .collect::<Result<Vec<_>, _>>()?;
    let png = encode(&picture(&rows, tile, size), size)
        .map_err(|source| ReportError::Draw { path: path.to_owned(), source: Box::new(source) })?;
    whole_file::write(path, &png).map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

impl<'a> ImageRow<'a> {
    fn len(&self) -> usize {
        match self {
            Self::Unit(pixels) => pixels.len(),
            Self::Bytes(pixels) => pixels.len(),
        }
    }

    fn bytes(&self, path: &Path, row: usize) -> Result<Cow<'a, [u8]>, ReportError> {
        let pixels = match self {
            Self::Unit(pixels) => pixels,
            Self::Bytes(pixels) => return Ok(Cow::Borrowed(pixels)),
        };
        match pixels.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            Some((index, &value)) => Err(ReportError::Pixel { path: path.to_owned(), row, index, value }),
            None => Ok(pixels.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8).collect()),
        }
    }
}

/// The number of images that every row holds.
fn images_per_row(path: &Path, rows: &[ImageRow], tile: Tile) -> Result<usize, ReportError> {
    let Tile { height, width, scale } = tile;
    let path = || path.to_owned();
    if height == 0 || width == 0 || scale == 0 {
        return Err(ReportError::EmptyTile { path: path(), height, width, scale });
    }
    let images = |row: usize, pixels: &ImageRow| match height.checked_mul(width) {
        Some(area) if pixels.len() > 0 && pixels.len().is_multiple_of(area) => Ok(pixels.len() / area),
        _ => Err(ReportError::RowPixels { path: path(), row, found: pixels.len(), height, width }),
    };
    let first = rows.first().ok_or_else(|| ReportError::NoRows { path: path() })?;
    let expected = images(0, first)?;
    rows.iter().enumerate().try_for_each(|(row, pixels)| match images(row, pixels)? {
        found if found == expected => Ok(()),
        found => Err(ReportError::RowImages { path: path(), row, found, expected }),
    })?;
    Ok(expected)
}

/// Height and width of the picture.
fn picture_size(path: &Path, rows: usize, images: usize, tile: Tile) -> Result<(usize, usize), ReportError> {
    let side = |count: usize, length: usize| {
        count.saturating_mul(length.saturating_mul(tile.scale).saturating_add(LINE)).saturating_add(LINE)
    };
    let (height, width) = (side(rows, tile.height), side(images, tile.width));
    if height.max(width) > MAX_SIDE {
        return Err(ReportError::TooLarge { path: path.to_owned(), height, width, limit: MAX_SIDE });
    }
    Ok((height, width))
}

/// The picture's pixels, row by row.
fn picture(rows: &[Cow<[u8]>], tile: Tile, (height, width): (usize, usize)) -> Vec<u8> {
    let grey = |y: usize, x: usize| {
        let (row, inner_y) = locate(y, tile.height, tile.scale)?;
        let (image, inner_x) = locate(x, tile.width, tile.scale)?;
        rows.get(row)?.get((image * tile.height + inner_y) * tile.width + inner_x).copied()
    };
    (0..height).flat_map(|y| (0..width).map(move |x| grey(y, x).unwrap_or(LINE_GREY))).collect()
}

/// Along one side of the picture: which image is at `place`, and which of its pixels; none on a line.
fn locate(place: usize, length: usize, scale: usize) -> Option<(usize, usize)> {
    let stride = length * scale + LINE;
    let inside = (place % stride).checked_sub(LINE)?;
    Some((place / stride, inside / scale))
}

fn encode(pixels: &[u8], (height, width): (usize, usize)) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
