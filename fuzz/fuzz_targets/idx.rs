//! Two IDX files: images and their labels.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wgrad::data::Images;

fuzz_target!(|files: (&[u8], &[u8])| {
    let (images, labels) = files;
    if let Ok(read) = Images::from_idx(images, labels) {
        assert_eq!(read.pixels.len(), read.len() * read.height * read.width);
        assert!(!read.is_empty() && read.pixels.len() < images.len() && read.len() < labels.len());
    }
});
