//! PNG and JPEG files as pixels.

use std::io::Cursor;
use std::path::Path;

use png::Transformations;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::LONGEST;
use crate::error::image::ImageFault;

/// The most pixels that a byte of a JPEG file stands for: a block of 8×8 takes a bit or more.
const PIXELS_A_BYTE: usize = 512;

/// Decoded pixels.
pub(super) struct Picture {
    /// Rows × columns × channels.
    pub pixels: Vec<u8>,
    /// Rows and columns.
    pub size: [usize; 2],
}

/// Reads an image as gray or RGB.
pub(super) fn read(path: &Path, channels: usize) -> Result<Picture, ImageFault> {
    let bytes = std::fs::read(path).map_err(|source| ImageFault::Read { source })?;
    let picture = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => png(&bytes),
        [0xff, 0xd8, 0xff, ..] => jpeg(&bytes),
        _ => return Err(ImageFault::NoImage),
    }?;
    Ok(of_channels(picture, channels))
}

fn png(bytes: &[u8]) -> Result<Picture, ImageFault> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(fault)?;
    let (width, height) = reader.info().size();
    // A forged size would ask for all memory.
    let is_small = [width, height].iter().all(|side| *side as usize <= LONGEST);
    let Some(size) = reader.output_buffer_size().filter(|_| is_small) else {
        let why = format!("it says {height}×{width} pixels, and sides up to {LONGEST} are read");
        return Err(ImageFault::Decode { why });
    };
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(fault)?;
    pixels.truncate(frame.buffer_size());
    Ok(Picture { pixels, size: [frame.height as usize, frame.width as usize] })
}

fn jpeg(bytes: &[u8]) -> Result<Picture, ImageFault> {
    // Else the missing end of a file would be gray.
    let options = DecoderOptions::default().set_strict_mode(true);
    let options = options.set_max_width(LONGEST).set_max_height(LONGEST);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(fault)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    if width * height > PIXELS_A_BYTE * bytes.len() {
        let why = format!("it says {height}×{width} pixels, too many for {} bytes", bytes.len());
        return Err(ImageFault::Decode { why });
    }
    let pixels = decoder.decode().map_err(fault)?;
    Ok(Picture { pixels, size: [height, width] })
}

/// The same in gray or in RGB, without transparency.
fn of_channels(picture: Picture, channels: usize) -> Picture {
    let Picture { pixels, size } = picture;
    let found = pixels.len() / (size[0] * size[1]).max(1);
    let colors = pixels.chunks_exact(found.max(1));
    let pixels = match (found, channels) {
        (1, 1) | (3, 3) => pixels,
        (2, 1) => colors.map(|color| color[0]).collect(),
        (_, 1) => colors.map(luma).collect(),
        (1 | 2, _) => colors.flat_map(|color| [color[0]; 3]).collect(),
        _ => colors.flat_map(|color| &color[..3]).copied().collect(),
    };
    Picture { pixels, size }
}

/// The luma of ITU-R 601 in 16 bits behind the point.
fn luma(color: &[u8]) -> u8 {
    let parts = color.iter().zip([19_595_u32, 38_470, 7_471]).map(|(part, weight)| u32::from(*part) * weight);
    ((parts.sum::<u32>() + 0x8000) >> 16) as u8
}

fn fault(error: impl std::fmt::Display) -> ImageFault {
    ImageFault::Decode { why: error.to_string() }
}
