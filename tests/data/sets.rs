//! Names of files: where sets other than MNIST are found, and which of several is taken.

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};
use wgrad::data::{DataError, ImageSplits};

use crate::idx_files::{NAMES, gzip, header, header_of, images, labels, small_set, write_small_set};
use crate::{assert_small_set, read};

/// A folder with the small set, each file named by `name`.
fn named(name: impl Fn(&str) -> String) -> TempDir {
    let folder = tempdir().unwrap();
    add(folder.path(), name);
    folder
}

fn add(folder: &Path, name: impl Fn(&str) -> String) {
    for (usual, content) in NAMES.iter().zip(small_set()) {
        fs::write(folder.join(name(usual)), content).unwrap();
    }
}

/// The names of EMNIST's files.
fn emnist(split: &str, name: &str) -> String {
    format!("emnist-{split}-{}.gz", name.replace("t10k", "test"))
}

#[track_caller]
fn assert_turned(mnist: &ImageSplits) {
    let [train_images, ..] = small_set();
    let (image, turned) = (&train_images[16..16 + 784], mnist.train.image(0).unwrap());
    assert!((0..784).all(|place| turned[place] == image[place % 28 * 28 + place / 28]));
    assert_eq!((mnist.train.len(), mnist.test.len()), (12, 7));
}

#[test]
fn what_is_no_file_is_passed_over_where_there_is_one() {
    let folder = named(|name| name.replace("-idx", ".idx"));
    for name in NAMES {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    assert_small_set(&read(folder.path()).unwrap());
}

#[test]
fn content_and_not_the_name_tells_what_is_gzipped() {
    let folder = tempdir().unwrap();
    for (number, (name, content)) in NAMES.iter().zip(small_set()).enumerate() {
        let (name, content) = match number % 2 {
            0 => (name.to_string(), gzip(&content)),
            _ => (format!("{name}.gz"), content),
        };
        fs::write(folder.path().join(name), content).unwrap();
    }
    assert_small_set(&read(folder.path()).unwrap());
}

#[test]
fn the_names_of_other_sets_are_known() {
    assert_small_set(&read(named(|name| name.replace("t10k", "test")).path()).unwrap());
    assert_small_set(
        &read(named(|name| format!("qmnist-{}.gz", name.replace("t10k", "test"))).path()).unwrap(),
    );
    assert_small_set(&read(named(|name| name.replace("labels-idx1-ubyte", "labels.idx1")).path()).unwrap());
}

#[test]
fn names_that_only_resemble_them_are_not() {
    let names: [fn(&str) -> String; 4] = [
        |name| format!("{name}.part"),
        |name| format!("{name} (1)"),
        |name| name.replace("-idx", "-"),
        |name| name.replace("images", "pictures"),
    ];
    for name in names {
        let error = read(named(name).path()).unwrap_err();
        assert!(matches!(&error, DataError::Missing { name, .. } if name == NAMES[0]), "{error}");
    }
}

#[test]
fn emnist_is_turned_upright_and_says_so() {
    let folder = named(|name| emnist("letters", name));
    let mnist = read(folder.path()).unwrap();
    assert_turned(&mnist);
    assert!(mnist.source.to_string().ends_with("(asked for, turned upright)"), "{}", mnist.source);
    write_small_set(folder.path());
    let mnist = read(folder.path()).unwrap();
    assert_small_set(&mnist);
    assert!(!mnist.source.to_string().contains("upright"), "{}", mnist.source);
}

#[test]
fn one_of_several_sets_is_chosen_by_its_name() {
    let folder = named(|name| emnist("letters", name));
    add(folder.path(), |name| emnist("balanced", name));
    let text = read(folder.path()).unwrap_err().to_string();
    let example = folder.path().join("emnist-balanced");
    for part in ["2 sets: emnist-balanced, emnist-letters;", &format!("as in {}", example.display())] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    let letters = folder.path().join("emnist-letters");
    let mnist = read(&letters).unwrap();
    assert_turned(&mnist);
    assert!(mnist.source.to_string().starts_with(&format!("images in {} (", letters.display())));
    let text = read(&folder.path().join("emnist-bytes")).unwrap_err().to_string();
    assert!(
        text.contains("emnist-bytes, and no set of that name; there are emnist-balanced, emnist-letters"),
        "{text}"
    );
    let text = read(&folder.path().join("nowhere").join("else")).unwrap_err().to_string();
    assert!(text.starts_with("there is no folder ") && text.ends_with("else"), "{text}");
}

#[test]
fn a_set_that_is_not_whole_names_what_it_lacks() {
    let folder = named(|name| emnist("digits", name));
    fs::remove_file(folder.path().join("emnist-digits-test-labels-idx1-ubyte.gz")).unwrap();
    let text = read(folder.path()).unwrap_err().to_string();
    assert!(text.contains("no emnist-digits-test-labels-idx1-ubyte[.gz] in"), "{text}");
    add(folder.path(), |name| emnist("letters", name));
    assert_turned(&read(folder.path()).unwrap());
}

#[test]
fn a_file_is_no_folder() {
    let folder = named(str::to_string);
    let text = read(&folder.path().join(NAMES[0])).unwrap_err().to_string();
    assert!(text.contains("is a file: name the folder"), "{text}");
}

/// Counts, sizes and labels of the sets that there are: EMNIST's letters, its 62 classes, QMNIST.
#[test]
fn sets_of_any_size_with_any_labels_are_read() {
    let folder = tempdir().unwrap();
    let image_file = |count: u32, side: u32| {
        [header(&[count, side, side]), vec![7; (count * side * side) as usize]].concat()
    };
    let label_file = |count: u32, first: u8, last: u8| {
        [header(&[count]), (first..=last).cycle().take(count as usize).collect()].concat()
    };
    let qmnist = |count: u32| {
        let rows = (0..count as i32).flat_map(|row| [row % 10, 4, -1, row, 3, 2, 1, 0]);
        [header_of(12, &[count, 8]), rows.flat_map(i32::to_be_bytes).collect()].concat()
    };
    let cases = [
        (
            "emnist-letters",
            [image_file(124_800, 2), label_file(124_800, 1, 26)],
            [image_file(20_800, 2), label_file(20_800, 1, 26)],
            1..27,
        ),
        (
            "emnist-byclass",
            [image_file(697_932, 1), label_file(697_932, 0, 61)],
            [image_file(116_323, 1), label_file(116_323, 0, 61)],
            0..62,
        ),
        ("qmnist", [image_file(60_000, 3), qmnist(60_000)], [image_file(60_000, 3), qmnist(60_000)], 0..10),
        (
            "icons",
            [image_file(3, 64), label_file(3, 253, 255)],
            [image_file(2, 64), label_file(2, 253, 254)],
            253..256,
        ),
    ];
    for (set, train, test, classes) in cases {
        let endings = [
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "test-images-idx3-ubyte",
            "test-labels-idx1-ubyte",
        ];
        for (ending, content) in endings.iter().zip(train.iter().chain(&test)) {
            fs::write(folder.path().join(format!("{set}-{ending}")), content).unwrap();
        }
        let mnist = read(&folder.path().join(set)).unwrap();
        assert_eq!(mnist.classes(), Vec::from_iter(classes), "{set}");
        for (read, written) in [(&mnist.train, &train), (&mnist.test, &test)] {
            assert_eq!(
                read.len(),
                u32::from_be_bytes(written[0][4..8].try_into().unwrap()) as usize,
                "{set}"
            );
            assert_eq!(read.pixels, written[0][16..], "{set}");
        }
    }
}

#[test]
fn train_and_test_images_have_one_size() {
    let folder = named(str::to_string);
    fs::write(folder.path().join(NAMES[2]), [header(&[7, 30, 28]), vec![0; 7 * 30 * 28]].concat()).unwrap();
    let text = read(folder.path()).unwrap_err().to_string();
    for part in [NAMES[0], "28 × 28", NAMES[2], "30 × 28"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

/// What reads the plain files of MNIST itself finds the same in them.
#[test]
fn the_mnist_crate_reads_the_same() {
    let folder = tempdir().unwrap();
    for (name, content) in NAMES.iter().zip([images(60_000), labels(60_000), images(10_000), labels(10_000)])
    {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let ours = read(folder.path()).unwrap();
    let base = folder.path().to_str().unwrap();
    let theirs = mnist::MnistBuilder::new().base_path(base).label_format_digit().finalize();
    assert!(ours.train.pixels == theirs.trn_img && ours.test.pixels == theirs.tst_img);
    assert_eq!(ours.train.labels, crate::classes(&theirs.trn_lbl));
    assert_eq!(ours.test.labels, crate::classes(&theirs.tst_lbl));
}
