//! Folders of images: `images/` has files that Pillow wrote, and what it reads from them.

use std::fs;

use tempfile::{TempDir, tempdir};
use wgrad::Samples;
use wgrad::data::{ImageFolder, ImageSet};
use wgrad::dataset::Targets;
use wgrad::serde_json::{Value, from_str};

use crate::hex;

const NAMES: [&str; 10] = [
    "rgb.png",
    "rgba.png",
    "palette.png",
    "gray.png",
    "gray_alpha.png",
    "gray16.png",
    "bits.png",
    "rgb.jpg",
    "gray.jpg",
    "progressive.jpg",
];

/// A file that Pillow wrote, or this one.
fn recorded_file(name: &str) -> Vec<u8> {
    if name == "folder.rs" {
        include_bytes!("folder.rs").to_vec()
    } else {
        hex::bytes(&format!("images/{name}"))
    }
}

fn recorded() -> Value {
    from_str(include_str!("images/recorded.json")).unwrap()
}

fn bytes(values: &Value) -> Vec<u8> {
    values.as_array().unwrap().iter().map(|value| value.as_u64().unwrap() as u8).collect()
}

/// A folder with these files, each with what a recorded one holds.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (file, name) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, recorded_file(name)).unwrap();
    }
    folder
}

fn open(folder: &TempDir) -> ImageFolder<'static> {
    ImageFolder::open(folder.path()).unwrap()
}

/// What an error says behind the folder's path.
#[track_caller]
fn fault(folder: &TempDir, read: wgrad::Result<ImageSet>) -> String {
    read.unwrap_err().to_string().replace(&folder.path().display().to_string(), "DIR")
}

#[track_caller]
fn assert_near(found: &[u8], expected: &[u8], most: u8, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let apart = found.iter().zip(expected).map(|(found, expected)| found.abs_diff(*expected)).max();
    assert!(apart <= Some(most), "{what}: {apart:?} apart");
}

#[test]
fn images_are_read_as_pillow_reads_them() {
    let recorded = recorded();
    for name in NAMES {
        let folder = folder(&[("a/image", name)]);
        // Decoders of JPEG may round differently.
        let most = if name.ends_with("jpg") { 2 } else { 0 };
        let colors = open(&folder).read().unwrap();
        assert_eq!((colors.height, colors.width, colors.channels), (6, 8, 3), "{name}");
        assert_near(&colors.pixels, &bytes(&recorded[name]["RGB"]), most, name);
        let gray = open(&folder).gray().read().unwrap();
        assert_eq!(gray.channels, 1);
        assert_near(&gray.pixels, &bytes(&recorded[name]["L"]), most, name);
    }
}

#[test]
fn images_are_resized_as_pillow_resizes_them() {
    let (recorded, folder) = (recorded(), folder(&[("a/image.png", "rgb.png")]));
    for (name, [height, width]) in [("4x5", [4, 5]), ("9x20", [9, 20]), ("1x1", [1, 1]), ("6x3", [6, 3])] {
        let set = open(&folder).resized(height, width).read().unwrap();
        assert_eq!((set.height, set.width), (height, width));
        assert_near(&set.pixels, &bytes(&recorded[name]), 1, name);
    }
}

#[test]
fn folders_are_classes_in_the_order_of_their_names() {
    let files = [
        ("dog/2.png", "gray.png"),
        ("dog/10.jpg", "rgb.jpg"),
        ("cat/x.png", "rgb.png"),
        ("notes.txt", "folder.rs"),
        ("cat/.hidden", "folder.rs"),
    ];
    let folder = folder(&files);
    let mut seen = Vec::new();
    let set = open(&folder).gray().progress(|done, all| seen.push((done, all))).read().unwrap();
    assert_eq!(seen, [(1, 3), (2, 3), (3, 3)]);
    assert_eq!(
        (set.classes.as_slice(), set.labels.as_slice()),
        (&["cat".into(), "dog".into()][..], &[0, 1, 1][..])
    );
    let recorded = recorded();
    let expected = [
        bytes(&recorded["rgb.png"]["L"]),
        bytes(&recorded["rgb.jpg"]["L"]),
        bytes(&recorded["gray.png"]["L"]),
    ];
    assert_near(&set.pixels, &expected.concat(), 2, "cat/x.png, dog/10.jpg, dog/2.png");
    let data = set.clone().dataset().unwrap();
    assert_eq!(*data.inputs(), Samples::images(set.pixels, [6, 8, 1]).unwrap());
    assert_eq!(*data.targets(), Targets::Labels(vec![0, 1, 1]));
}

#[test]
fn what_is_no_image_is_named() {
    let folder = folder(&[("a/1.png", "rgb.png"), ("a/2.png", "folder.rs")]);
    let text = fault(&folder, open(&folder).read());
    assert_eq!(text, "DIR/a/2.png is neither a PNG nor a JPEG image; convert it, or move it away");
    for (name, says) in
        [("rgb.png", "a/2.png is no whole image: "), ("rgb.jpg", "a/2.png is no whole image: ")]
    {
        let whole = recorded_file(name);
        fs::write(folder.path().join("a/2.png"), &whole[..60]).unwrap();
        let text = fault(&folder, open(&folder).read());
        assert!(text.contains(says) && text.ends_with("; write it again"), "{text}");
    }
}

#[test]
fn images_that_lack_their_end_are_named() {
    let folder = folder(&[("a/1.png", "rgb.png")]);
    for name in ["rgb.png", "rgb.jpg", "gray.jpg", "progressive.jpg"] {
        let whole = recorded_file(name);
        fs::write(folder.path().join("a/1.png"), &whole[..whole.len() - 20]).unwrap();
        let text = fault(&folder, open(&folder).read());
        assert!(text.starts_with("DIR/a/1.png is no whole image: "), "{name}: {text}");
    }
}

#[test]
fn forged_sizes_take_no_memory() {
    let folder = folder(&[("a/1.png", "rgb.png")]);
    let read_back = |file: &[u8]| {
        fs::write(folder.path().join("a/1.png"), file).unwrap();
        fault(&folder, open(&folder).read())
    };
    let mut forged = recorded_file("rgb.png");
    forged[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0, 1]);
    let mut sum = flate2::Crc::new();
    sum.update(&forged[12..29]);
    forged[29..33].copy_from_slice(&sum.sum().to_be_bytes());
    assert_eq!(
        read_back(&forged),
        "DIR/a/1.png is no whole image: it says 1×60000 pixels, and sides up to 16384 are read; write it again"
    );
    let mut forged = recorded_file("rgb.jpg");
    let frame = forged.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    forged[frame + 5..frame + 9].copy_from_slice(&[0x40, 0, 0x40, 0]);
    let length = forged.len();
    let says = format!("it says 16384×16384 pixels, too many for {length} bytes; write it again");
    assert_eq!(read_back(&forged), format!("DIR/a/1.png is no whole image: {says}"));
    forged[frame + 5..frame + 9].copy_from_slice(&[0, 1, 0xea, 0x60]);
    assert!(read_back(&forged).starts_with("DIR/a/1.png is no whole image: "));
}

#[test]
fn classes_without_images_are_errors() {
    let folder = folder(&[("a/1.png", "rgb.png")]);
    fs::create_dir(folder.path().join("b")).unwrap();
    let text = fault(&folder, open(&folder).read());
    assert_eq!(text, "DIR/b has no image; add a PNG or JPEG file, or remove the folder");
    fs::create_dir(folder.path().join("b/c")).unwrap();
    let text = fault(&folder, open(&folder).read());
    assert_eq!(text, "DIR/b/c is a folder among the images of a class; move its images up, or remove it");
    let empty = tempdir().unwrap();
    let text = fault(&empty, open(&empty).read());
    assert_eq!(
        text,
        "DIR has no folder in it; put the images of each class into a folder with the class's name"
    );
    let text = ImageFolder::open(empty.path().join("none")).unwrap_err().to_string();
    assert!(text.contains("none cannot be read: No such file"), "{text}");
}

#[test]
fn sizes_that_differ_are_named() {
    let folder = folder(&[("a/1.png", "rgb.png"), ("b/2.png", "rgb.png")]);
    let path = folder.path().join("b/2.png");
    fs::write(&path, recorded_file("small.png")).unwrap();
    let text = fault(&folder, open(&folder).read());
    assert_eq!(
        text,
        "DIR/b/2.png is of 3×2 pixels, and DIR/a/1.png is of 6×8; make all of one size, or choose one with `resized`"
    );
    let set = open(&folder).resized(3, 2).read().unwrap();
    assert_eq!((set.height, set.width, set.labels.len()), (3, 2, 2));
    for [height, width] in [[0, 5], [5, 16_385]] {
        let text = fault(&folder, open(&folder).resized(height, width).read());
        assert_eq!(
            text,
            format!("DIR cannot be resized to {height}×{width} pixels; give both sides from 1 to 16384")
        );
    }
}
