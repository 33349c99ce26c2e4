//! Two IDX files, plain or gzipped: images and their labels.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wgrad::data::Images;

/// The most that gzip makes of a byte.
const INFLATION: usize = 1032;

fuzz_target!(|files: (&[u8], &[u8])| {
    let (images, labels) = files;
    if let Ok(read) = Images::from_idx(images, labels) {
        assert_eq!(read.pixels.len(), read.len() * read.height * read.width);
        assert!(!read.is_empty() && read.height > 0 && read.width > 0);
        assert!(read.pixels.len() < INFLATION * images.len() && read.len() < INFLATION * labels.len());
        assert_eq!(read.clone().transposed().transposed(), read);
    }
});
