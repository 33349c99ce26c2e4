//! Data from files, and parts of datasets. Here, IDX files: good sets, faulty ones, and which source is taken.

#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "images")]
mod folder;
#[cfg(any(feature = "images", feature = "npy"))]
mod hex;
#[path = "../idx_files/mod.rs"]
mod idx_files;
mod known;
#[cfg(feature = "npy")]
mod npy;
mod numbers;
mod parts;
mod sets;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use idx_files::{NAMES, gzip, small_set, write_small_set};
use tempfile::tempdir;
use wgrad::data::{DataError, ImageSplits, Request, Source, Surroundings, digits, load_from};

/// No folder, no network, and few drawn digits.
fn nothing_around() -> Surroundings {
    Surroundings { named_folder: None, user_folder: None, mirrors: BTreeMap::new(), drawn: (30, 20) }
}

fn read(folder: &Path) -> Result<ImageSplits, DataError> {
    let request = Request { folder: Some(folder.into()), ..Request::default() };
    load_from(&request, &nothing_around())
}

fn assert_small_set(mnist: &ImageSplits) {
    let [train_images, train_labels, test_images, test_labels] = small_set();
    assert_eq!((mnist.train.height, mnist.train.width), (28, 28));
    assert_eq!(mnist.train.pixels, train_images[16..]);
    assert_eq!(mnist.train.labels, classes(&train_labels[8..]));
    assert_eq!(mnist.test.pixels, test_images[16..]);
    assert_eq!(mnist.test.labels, classes(&test_labels[8..]));
}

fn classes(labels: &[u8]) -> Vec<u32> {
    labels.iter().map(|label| u32::from(*label)).collect()
}

#[test]
fn plain_files_round_trip() {
    let folder = tempdir().unwrap();
    write_small_set(folder.path());
    assert_small_set(&read(folder.path()).unwrap());
}

#[test]
fn gzipped_and_dotted_files_round_trip() {
    let folder = tempdir().unwrap();
    for (name, content) in NAMES.iter().zip(small_set()) {
        fs::write(folder.path().join(name.replace("-idx", ".idx") + ".gz"), gzip(&content)).unwrap();
    }
    assert_small_set(&read(folder.path()).unwrap());
}

#[test]
fn gzip_streams_of_several_members_are_read_to_the_end() {
    let folder = tempdir().unwrap();
    write_small_set(folder.path());
    let content = fs::read(folder.path().join(NAMES[0])).unwrap();
    fs::remove_file(folder.path().join(NAMES[0])).unwrap();
    let members = [gzip(&content[..100]), gzip(&content[100..])].concat();
    fs::write(folder.path().join(NAMES[0]).with_extension("gz"), members).unwrap();
    assert_small_set(&read(folder.path()).unwrap());
}

#[test]
fn images_are_counted_cut_and_looked_up() {
    let folder = tempdir().unwrap();
    write_small_set(folder.path());
    let train = read(folder.path()).unwrap().train;
    assert_eq!(train.image(1), Some(&train.pixels[784..1568]));
    assert_eq!(train.image(12), None);
    assert_eq!(train.image(usize::MAX), None);
    let first = train.clone().take(5);
    assert_eq!((first.len(), first.pixels.len(), first.is_empty()), (5, 5 * 784, false));
    assert_eq!(train.clone().take(99), train);
}

#[test]
fn a_named_folder_is_taken_or_is_an_error() {
    let folder = tempdir().unwrap();
    let around = Surroundings { named_folder: Some(folder.path().into()), ..nothing_around() };
    let error = load_from(&Request::default(), &around).unwrap_err();
    assert!(
        matches!(&error, DataError::Missing { name, .. } if name == "train-images-idx3-ubyte"),
        "{error}"
    );
    write_small_set(folder.path());
    let mnist = load_from(&Request::default(), &around).unwrap();
    assert_small_set(&mnist);
    assert!(mnist.source.to_string().ends_with("(named by WGRAD_DATA)"), "{}", mnist.source);
}

#[test]
fn the_folder_asked_for_comes_before_the_named_one() {
    let (asked, named) = (tempdir().unwrap(), tempdir().unwrap());
    write_small_set(asked.path());
    let request = Request { folder: Some(asked.path().into()), ..Request::default() };
    let around = Surroundings { named_folder: Some(named.path().into()), ..nothing_around() };
    let source = load_from(&request, &around).unwrap().source;
    assert_eq!(source, Source::Folder { title: None, folder: asked.path().into(), why: "asked for".into() });
}

#[test]
fn synthetic_digits_come_before_every_folder_but_the_one_asked_for() {
    let folder = tempdir().unwrap();
    write_small_set(folder.path());
    let around = Surroundings { named_folder: Some(folder.path().into()), ..nothing_around() };
    let request = Request { synthetic: true, seed: 5, ..Request::default() };
    let mnist = load_from(&request, &around).unwrap();
    assert_eq!(mnist.source.to_string(), "digits drawn with seed 5 (asked for)");
    assert_eq!(mnist.train, digits::draw(5, digits::Split::Train, 30));
    assert_eq!(mnist.test, digits::draw(5, digits::Split::Test, 20));
    let request = Request { folder: Some(folder.path().into()), ..request };
    assert!(matches!(load_from(&request, &around), Err(DataError::Conflict { .. })));
}

#[test]
fn the_users_folder_is_taken_when_right_and_told_of_when_not() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("mnist")).unwrap();
    let around = Surroundings { user_folder: Some(folder.path().into()), ..nothing_around() };
    let request = Request { download: false, ..Request::default() };
    let line = load_from(&request, &around).unwrap().source.to_string();
    assert!(line.starts_with("digits drawn with seed 0 (there is no train-images-idx3-ubyte"), "{line}");
    assert!(line.ends_with("downloading is switched off)"), "{line}");
    assert!(!line.contains('\n'), "{line}");
    write_small_set(&folder.path().join("mnist"));
    assert_small_set(&load_from(&request, &around).unwrap());
}

#[test]
fn without_a_data_folder_digits_are_drawn() {
    let line = load_from(&Request::default(), &nothing_around()).unwrap().source.to_string();
    assert!(line.contains("no data folder"), "{line}");
}

/// Runs on true MNIST files where `WGRAD_DATA` names their folder.
#[test]
fn real_files_are_read_in_full() {
    let Some(folder) = Surroundings::of_process().named_folder else {
        println!("WGRAD_DATA names no folder: no real files to read");
        return;
    };
    let mnist = read(&folder).unwrap();
    assert_eq!((mnist.train.len(), mnist.test.len()), (60_000, 10_000));
    assert_eq!(mnist.train.pixels.len(), 60_000 * 784);
    assert_eq!(mnist.train.labels[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(mnist.test.labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
}
