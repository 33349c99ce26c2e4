use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use tempfile::tempdir;
use wgrad::report::{ImageRow, MAX_SIDE, ReportError, Tile, image_grid};

/// Height, width and grey values of a PNG.
fn read(path: &Path) -> (usize, usize, Vec<u8>) {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::Eight));
    (info.height as usize, info.width as usize, pixels)
}

fn drawn(rows: &[ImageRow], tile: Tile) -> (usize, usize, Vec<u8>) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("grid.png");
    image_grid(&path, rows, tile).unwrap();
    read(&path)
}

fn refused(rows: &[ImageRow], tile: Tile) -> ReportError {
    let folder = tempdir().unwrap();
    let path = folder.path().join("refused.png");
    let error = image_grid(&path, rows, tile).unwrap_err();
    assert!(!path.exists());
    assert!(error.to_string().contains("refused.png"), "{error}");
    error
}

#[test]
fn every_pixel_is_enlarged_between_white_lines() {
    let images: Vec<u8> = (1..=12).collect();
    let tile = Tile { height: 2, width: 3, scale: 5 };
    let (height, width, pixels) = drawn(&[ImageRow::Bytes(&images)], tile);
    assert_eq!((height, width), (4 + 10 + 4, 4 + 15 + 4 + 15 + 4));
    for y in 0..height {
        for x in 0..width {
            let lines = !(4..14).contains(&y) || (0..4).contains(&(x % 19));
            let image = x / 19;
            let expected =
                if lines { 255 } else { images[image * 6 + (y - 4) / 5 * 3 + (x - 19 * image - 4) / 5] };
            assert_eq!(pixels[y * width + x], expected, "at {y}, {x}");
        }
    }
}

#[test]
fn rows_stand_under_each_other_in_their_order() {
    let tile = Tile { height: 1, width: 1, scale: 1 };
    let (height, width, pixels) = drawn(&[ImageRow::Bytes(&[10, 20]), ImageRow::Unit(&[0.2, 0.4])], tile);
    assert_eq!((height, width), (14, 14));
    let at = |y: usize, x: usize| pixels[y * width + x];
    assert_eq!([at(4, 4), at(4, 9), at(9, 4), at(9, 9)], [10, 20, 51, 102]);
}

#[test]
fn unit_pixels_are_rounded_and_held_between_black_and_white() {
    let tile = Tile { height: 1, width: 5, scale: 1 };
    let (_, _, pixels) = drawn(&[ImageRow::Unit(&[-0.5, 0.0, 0.5, 1.0, 1.5])], tile);
    assert_eq!(pixels[4 * 13 + 4..][..5], [0, 0, 128, 255, 255]);
}

#[test]
fn two_rows_of_ten_digits_have_the_documented_size() {
    let digits = vec![0.5; 10 * 28 * 28];
    let (height, width, _) = drawn(&[ImageRow::Unit(&digits), ImageRow::Unit(&digits)], Tile::new(28, 28));
    assert_eq!((height, width), (2 * (28 * 4 + 4) + 4, 10 * (28 * 4 + 4) + 4));
}

#[test]
fn empty_tiles_and_grids_are_refused() {
    for (height, width, scale) in [(0, 1, 1), (1, 0, 1), (1, 1, 0)] {
        let error = refused(&[ImageRow::Bytes(&[1])], Tile { height, width, scale });
        assert!(matches!(error, ReportError::EmptyTile { .. }), "{error}");
    }
    assert!(matches!(refused(&[], Tile::new(1, 1)), ReportError::NoRows { .. }));
}

#[test]
fn rows_that_hold_no_whole_images_are_refused() {
    for pixels in [&[][..], &[1], &[1; 5]] {
        let error = refused(&[ImageRow::Bytes(&[1; 4]), ImageRow::Bytes(pixels)], Tile::new(2, 2));
        let found = pixels.len();
        assert!(matches!(error, ReportError::RowPixels { row: 1, found: f, .. } if f == found), "{error}");
    }
    let error = refused(&[ImageRow::Unit(&[1.0])], Tile::new(usize::MAX, 2));
    assert!(matches!(error, ReportError::RowPixels { row: 0, found: 1, .. }), "{error}");
}

#[test]
fn rows_of_different_lengths_are_refused() {
    let error = refused(&[ImageRow::Bytes(&[1; 8]), ImageRow::Unit(&[1.0; 12])], Tile::new(2, 2));
    assert!(matches!(error, ReportError::RowImages { row: 1, found: 3, expected: 2, .. }), "{error}");
}

#[test]
fn pixels_that_are_not_finite_are_refused() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = refused(&[ImageRow::Bytes(&[1, 2]), ImageRow::Unit(&[0.0, value])], Tile::new(1, 1));
        assert!(matches!(error, ReportError::Pixel { row: 1, index: 1, .. }), "{error}");
    }
}

#[test]
fn images_in_a_row_are_enlarged_as_far_as_they_fit() {
    assert_eq!(Tile::in_row(28, 28, 10), Tile::new(28, 28));
    for (width, images) in [(300, 10), (MAX_SIDE - 8, 1), (1, 1500), (200, 10)] {
        let tile = Tile::in_row(1, width, images);
        let (_, drawn, _) = drawn(&[ImageRow::Bytes(&vec![0; width * images])], tile);
        let larger = images * ((tile.scale + 1) * width + 4) + 4;
        assert!(drawn <= MAX_SIDE && (tile.scale == 4 || larger > MAX_SIDE), "{width} × {images}: {tile:?}");
    }
}

#[test]
fn pictures_of_too_many_pixels_are_refused() {
    let row = vec![0; MAX_SIDE];
    let wide = |width: usize| Tile { height: 1, width, scale: 1 };
    let (height, width, _) = drawn(&[ImageRow::Bytes(&row[8..])], wide(MAX_SIDE - 8));
    assert_eq!((height, width), (9, MAX_SIDE));
    for (pixels, tile) in [
        (&row[7..], wide(MAX_SIDE - 7)),
        (&row[..], wide(1)),
        (&row[..1], Tile { height: 1, width: 1, scale: usize::MAX }),
    ] {
        let error = refused(&[ImageRow::Bytes(pixels)], tile);
        assert!(matches!(error, ReportError::TooLarge { limit: MAX_SIDE, .. }), "{error}");
    }
}
