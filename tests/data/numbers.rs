//! The types of numbers that IDX files may hold.

use wgrad::data::Images;

use crate::idx_files::{gzip, header, header_of};

/// The bytes of numbers in the type with this code.
fn bytes(code: u8, numbers: &[f64]) -> Vec<u8> {
    let number = |number: f64| match code {
        0x08 => vec![number as u8],
        0x09 => (number as i8).to_be_bytes().to_vec(),
        0x0b => (number as i16).to_be_bytes().to_vec(),
        0x0c => (number as i32).to_be_bytes().to_vec(),
        0x0d => (number as f32).to_be_bytes().to_vec(),
        _ => number.to_be_bytes().to_vec(),
    };
    numbers.iter().flat_map(|value| number(*value)).collect()
}

/// One image of the numbers in a row, and a label.
fn read(image_code: u8, pixels: &[f64], label_code: u8, label: f64) -> Result<Images, String> {
    let shape = [1, 1, pixels.len() as u32];
    let images = [header_of(image_code, &shape), bytes(image_code, pixels)].concat();
    let labels = [header_of(label_code, &[1]), bytes(label_code, &[label])].concat();
    Images::from_idx(&images[..], &labels[..]).map_err(|error| error.to_string())
}

#[test]
fn integers_are_bytes_and_floats_shares() {
    let cases: [(u8, &[f64], &[u8]); 6] = [
        (0x08, &[0.0, 128.0, 255.0], &[0, 128, 255]),
        (0x09, &[0.0, 1.0, 127.0], &[0, 1, 127]),
        (0x0b, &[0.0, 128.0, 255.0], &[0, 128, 255]),
        (0x0c, &[0.0, 128.0, 255.0], &[0, 128, 255]),
        (0x0d, &[0.0, 0.5, 1.0], &[0, 128, 255]),
        (0x0e, &[0.0, 0.25, 1.0], &[0, 64, 255]),
    ];
    for (code, pixels, expected) in cases {
        let images = read(code, pixels, code, 7.0).unwrap();
        assert_eq!((images.pixels.as_slice(), images.labels[0]), (expected, 7), "type {code}");
    }
    assert_eq!(read(0x08, &[0.0], 0x0c, 70_000.0).unwrap().labels, [70_000]);
}

#[test]
fn numbers_that_mean_nothing_are_named() {
    let cases: [(u8, f64, u8, f64, &str); 10] = [
        (0x09, -1.0, 8, 0.0, "images: pixel 1 is -1, expected 0 to 255"),
        (0x0b, 256.0, 8, 0.0, "images: pixel 1 is 256, expected 0 to 255"),
        (0x0c, -300.0, 8, 0.0, "images: pixel 1 is -300, expected 0 to 255"),
        (0x0d, 255.0, 8, 0.0, "images: pixel 1 is 255, expected 0 to 1"),
        (0x0d, f64::NAN, 8, 0.0, "images: pixel 1 is NaN, expected 0 to 1"),
        (0x0e, f64::INFINITY, 8, 0.0, "images: pixel 1 is inf, expected 0 to 1"),
        (8, 0.0, 0x09, -1.0, "labels: label 0 is -1, expected a whole number"),
        (8, 0.0, 0x0d, 1.5, "labels: label 0 is 1.5, expected a whole number"),
        (8, 0.0, 0x0e, f64::NAN, "labels: label 0 is NaN, expected a whole number"),
        (8, 0.0, 0x0e, 4_294_967_296.0, "labels: label 0 is 4294967296, expected a whole number"),
    ];
    for (image_code, pixel, label_code, label, says) in cases {
        let text = read(image_code, &[0.0, pixel], label_code, label).unwrap_err();
        assert!(text.contains(says), "{says:?} is not in {text}");
    }
}

#[test]
fn labels_in_rows_are_those_of_qmnist() {
    let images = [header(&[2, 1, 1]), vec![1, 2]].concat();
    let read = |labels: Vec<u8>| Images::from_idx(&images[..], &labels[..]);
    let row = |class: i32| [class, 4, -2, 9, 9, 9, 9, 9].into_iter().flat_map(i32::to_be_bytes);
    let good = [header_of(12, &[2, 8]), row(3).chain(row(5)).collect()].concat();
    assert_eq!(read(good.clone()).unwrap().labels, [3, 5]);
    assert_eq!(read(gzip(&good)).unwrap().labels, [3, 5]);
    assert_eq!(read([header(&[2, 1]), vec![8, 9]].concat()).unwrap().labels, [8, 9]);
    // One in ten, or in eight, would be taken for a class.
    for labels in [[header(&[2, 10]), vec![0; 20]].concat(), [header(&[2, 8]), vec![0; 16]].concat()] {
        let text = read(labels).unwrap_err().to_string();
        assert!(text.contains("number of columns is") && text.contains("QMNIST"), "{text}");
    }
}
