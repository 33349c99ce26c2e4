//! Every kind of faulty file gives an error that names the file and the fault.

mod idx_files;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use idx_files::{NAMES, gzip, header, header_of, images, labels, write_small_set};
use proptest::prelude::*;
use tempfile::tempdir;
use wgrad::data::{Images, Request, Surroundings, load_from};

/// Puts `content` in the place of the file `name` in a good set, and returns the error's text.
fn fault(name: &str, content: &[u8]) -> String {
    fault_after(name, |path| fs::write(path, content).unwrap())
}

/// As [`fault`], for a gzipped file.
fn gzip_fault(name: &str, content: &[u8]) -> String {
    fault_after(name, |path| fs::write(path.with_extension("gz"), content).unwrap())
}

fn fault_after(name: &str, replace: impl Fn(&Path)) -> String {
    let folder = tempdir().unwrap();
    write_small_set(folder.path());
    let path = folder.path().join(name);
    fs::remove_file(&path).unwrap();
    replace(&path);
    error_text(folder.path())
}

fn error_text(folder: &Path) -> String {
    let request = Request { folder: Some(folder.into()), ..Request::default() };
    let around =
        Surroundings { named_folder: None, user_folder: None, mirrors: Default::default(), drawn: (0, 0) };
    load_from(&request, &around).unwrap_err().to_string()
}

#[track_caller]
fn assert_names(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in the message: {text}");
    }
}

fn with_byte(mut content: Vec<u8>, index: usize, value: u8) -> Vec<u8> {
    content[index] = value;
    content
}

#[test]
fn headers_cut_at_every_byte() {
    for (name, content, length) in [(NAMES[0], images(12), 16), (NAMES[1], labels(12), 8)] {
        for cut in 0..length {
            let says = format!("header ends after {cut} of {length} bytes");
            assert_names(&fault(name, &content[..cut]), &[name, &says]);
            assert_names(&gzip_fault(name, &gzip(&content[..cut])), &[name, &says]);
        }
    }
}

#[test]
fn wrong_numbers_in_the_header() {
    let [image_file, label_file, test_images, test_labels] = NAMES;
    let cases: [(&str, Vec<u8>, &[&str]); 16] = [
        (image_file, with_byte(images(12), 0, 1), &["magic number", "is 256", "expected 0"]),
        (image_file, with_byte(images(12), 1, 7), &["magic number", "is 7", "expected 0"]),
        (label_file, with_byte(labels(12), 0, 0x1f), &["magic number", "is 7936", "expected 0"]),
        (image_file, with_byte(images(12), 2, 0x0a), &["type code", "is 10", "expected 8 (u8), 9"]),
        (label_file, with_byte(labels(12), 2, 0x0f), &["type code", "is 15", "14 (f64)"]),
        (image_file, with_byte(images(12), 3, 4), &["number of dimensions", "is 4", "expected 3"]),
        (label_file, with_byte(labels(12), 3, 0), &["number of dimensions", "is 0", "expected 1 or 2"]),
        (image_file, labels(12), &["number of dimensions", "is 1", "expected 3"]),
        (test_labels, images(7), &["number of dimensions", "is 3", "expected 1 or 2"]),
        (image_file, images(0), &["number of images", "is 0", "expected 1 or more"]),
        (test_labels, labels(0), &["number of labels", "is 0", "expected 1 or more"]),
        (test_labels, header(&[7, 0]), &["number of columns", "is 0", "expected 1 or more"]),
        (image_file, header(&[12, 0, 28]), &["number of rows", "is 0", "expected 1 or more"]),
        (test_images, header(&[7, 28, 0]), &["number of columns", "is 0", "expected 1 or more"]),
        (image_file, header(&[12, u32::MAX, u32::MAX]), &["12 × 4294967295 × 4294967295 numbers"]),
        (image_file, header(&[12, 1 << 16, 1 << 13]), &["12 × 65536 × 8192 numbers", "than 4294967295"]),
    ];
    for (name, content, says) in cases {
        let text = fault(name, &content);
        assert_names(&text, &[name]);
        assert_names(&text, says);
    }
}

#[test]
fn content_that_does_not_fit_the_header() {
    let [image_file, label_file, test_images, test_labels] = NAMES;
    let shorter = |content: Vec<u8>| content[..content.len() - 1].to_vec();
    let longer = |content: Vec<u8>| [content, vec![0]].concat();
    let cases: [(&str, Vec<u8>, &[&str]); 7] = [
        (image_file, shorter(images(12)), &["only 9407 bytes", "says 9408"]),
        (image_file, header(&[12, 28, 28]), &["only 0 bytes", "says 9408"]),
        (image_file, header(&[12, 1 << 16, 1 << 12]), &["only 0 bytes", "says 3221225472"]),
        (test_labels, shorter(labels(7)), &["only 6 bytes", "says 7"]),
        (test_images, longer(images(7)), &["more than 5488 bytes", "says 5488"]),
        (label_file, longer(labels(12)), &["more than 12 bytes", "says 12"]),
        (label_file, header_of(12, &[12, 8]), &["only 0 bytes", "says 384"]),
    ];
    for (name, content, says) in cases {
        let text = fault(name, &content);
        assert_names(&text, &[name]);
        assert_names(&text, says);
    }
}

#[test]
fn images_and_labels_that_are_no_pair() {
    let text = fault(NAMES[1], &labels(11));
    assert_names(&text, &[NAMES[0], "12 images", NAMES[1], "11 labels"]);
    let text = fault(NAMES[2], &images(8));
    assert_names(&text, &[NAMES[2], "8 images", NAMES[3], "7 labels"]);
}

#[test]
fn content_in_memory_is_read_and_refused_alike() {
    let (images, labels) = (images(12), labels(12));
    let read = |images: &[u8], labels: &[u8]| Images::from_idx(images, labels);
    let good = read(&images, &labels).unwrap();
    assert_eq!((good.len(), good.image(11), good.labels[11]), (12, Some(&images[16 + 11 * 784..]), 1));
    let says = |images: &[u8], labels: &[u8]| read(images, labels).unwrap_err().to_string();
    assert_names(&says(&images[..9], &labels), &["images", "header ends after 9 of 16 bytes"]);
    assert_names(&says(&images, &labels[..19]), &["labels", "only 11 bytes", "says 12"]);
    assert_names(&says(&images, &self::labels(11)), &["12 images", "11 labels"]);
}

/// The header of a small array of any type, or nearly one, and bytes that may or may not be as many as it says.
fn nearly_idx() -> impl Strategy<Value = Vec<u8>> {
    let sizes = proptest::collection::vec(prop_oneof![8 => 0..4_u32, 1 => any::<u32>()], 0..5);
    let bytes = proptest::collection::vec(any::<u8>(), 0..80);
    (7..16_u8, sizes, bytes, any::<bool>()).prop_map(|(code, sizes, bytes, gzipped)| {
        let content = [header_of(code, &sizes), bytes].concat();
        if gzipped { gzip(&content) } else { content }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_is_nearly_idx_is_read_whole_or_refused(
        images in nearly_idx(),
        labels in prop_oneof![nearly_idx(), (0..4_u32).prop_map(labels)],
    ) {
        if let Ok(read) = Images::from_idx(&images[..], &labels[..]) {
            prop_assert_eq!(read.pixels.len(), read.len() * read.height * read.width);
            prop_assert!(!read.pixels.is_empty());
            prop_assert_eq!(read.clone().transposed().transposed(), read);
        }
    }
}

#[test]
fn gzip_streams_that_are_not_intact() {
    let image_file = NAMES[0];
    let good = gzip(&images(12));
    let checksum = good.len() - 8;
    let cases: [(&str, Vec<u8>, &str); 7] = [
        (image_file, with_byte(good.clone(), 2, 7), "invalid gzip header"),
        (image_file, good[..5].to_vec(), ""),
        (image_file, good[..good.len() / 2].to_vec(), ""),
        (image_file, good[..good.len() - 3].to_vec(), ""),
        (image_file, with_byte(good.clone(), checksum, good[checksum] ^ 1), "checksum"),
        (image_file, with_byte(good.clone(), checksum + 4, good[checksum + 4] ^ 1), "checksum"),
        (image_file, [good.clone(), b"bytes that trail".to_vec()].concat(), "invalid gzip header"),
    ];
    for (name, content, says) in cases {
        assert_names(&gzip_fault(name, &content), &[name, "no intact gzip stream", says]);
    }
}

#[test]
fn a_page_that_came_instead_of_a_file() {
    assert_names(&gzip_fault(NAMES[1], b"<!DOCTYPE html>"), &[NAMES[1], "magic number", "is 15393"]);
}

#[test]
fn an_empty_gzipped_file() {
    assert_names(&gzip_fault(NAMES[0], &gzip(b"")), &[NAMES[0], "0 of 16 bytes"]);
}

#[test]
fn a_gzip_bomb_is_left_after_the_bytes_expected() {
    let bomb = gzip(&[header(&[12, 28, 28]), vec![0; 1 << 28]].concat());
    let start = Instant::now();
    assert_names(&gzip_fault(NAMES[0], &bomb), &[NAMES[0], "more than 9408 bytes"]);
    assert!(start.elapsed() < Duration::from_secs(1), "it took {:?}", start.elapsed());
}

#[test]
fn what_is_no_file() {
    let [image_file, label_file, ..] = NAMES;
    assert_names(&fault_after(image_file, |_| {}), &["no train-images-idx3-ubyte[.gz] in"]);
    assert_names(
        &fault_after(label_file, |path| fs::create_dir(path).unwrap()),
        &[label_file, "regular file"],
    );
    let folder = tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    assert_names(&error_text(&nowhere), &["there is no folder", "nowhere"]);
    fs::write(&nowhere, "a file, not a folder").unwrap();
    assert_names(&error_text(&nowhere), &["nowhere is a file"]);
    assert_names(&error_text(&nowhere.join("deeper")), &["cannot read", "nowhere"]);
}

#[cfg(unix)]
#[test]
fn links_and_devices() {
    use std::os::unix::fs::symlink;
    let image_file = NAMES[0];
    let text = fault_after(image_file, |path| symlink(path, path).unwrap());
    assert_names(&text, &[image_file, "cannot read"]);
    let text = fault_after(image_file, |path| symlink("nowhere", path).unwrap());
    assert_names(&text, &["no train-images-idx3-ubyte"]);
    let text = fault_after(image_file, |path| symlink("/dev/zero", path).unwrap());
    assert_names(&text, &[image_file, "regular file"]);
}

/// Where file permissions bind (they do not for an administrator).
#[cfg(unix)]
#[test]
fn a_file_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let text = fault_after(NAMES[0], |path| {
        fs::write(path, images(0)).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    });
    assert!(text.contains("cannot read") || text.contains("is 0, expected"), "{text}");
    assert_names(&text, &[NAMES[0]]);
}
