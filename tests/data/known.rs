//! Sets asked for by name: where their files are looked for, what is made of them, and what is wrong with them.

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};
use wgrad::data::{DataError, DatasetInfo, ImageSplits, Images, Origin, Request, Surroundings, load_from};

use crate::idx_files::{NAMES, gzip, header, images, labels, small_set, write_small_set};
use crate::nothing_around;

fn load(info: DatasetInfo, folder: &Path) -> Result<ImageSplits, DataError> {
    let request = Request { dataset: Some(info), folder: Some(folder.into()), ..Request::default() };
    load_from(&request, &nothing_around())
}

#[track_caller]
fn fault(info: DatasetInfo, folder: &Path, parts: &[&str]) {
    let text = load(info, folder).unwrap_err().to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

/// Writes one of EMNIST's sets, with these labels, under its names.
fn write_emnist(folder: &Path, set: &str, classes: &[u8]) {
    let count = classes.len() as u32;
    let labels = [header(&[count]), classes.to_vec()].concat();
    for split in ["train", "test"] {
        for (kind, content) in [("images-idx3", &images(count)), ("labels-idx1", &labels)] {
            let name = format!("emnist-{set}-{split}-{kind}-ubyte.gz");
            fs::write(folder.join(name), gzip(content)).unwrap();
        }
    }
}

/// A record of CIFAR-10's: a label, and planes in which each pixel tells its colour and place.
fn record(label: u8) -> Vec<u8> {
    let plane = |color: usize| (0..1024).map(move |place| (place % 80 + 80 * color) as u8);
    [label].into_iter().chain((0..3).flat_map(plane)).collect()
}

/// A folder with CIFAR-10's files, each of two images.
fn cifar() -> TempDir {
    let folder = tempdir().unwrap();
    write_cifar(folder.path());
    folder
}

fn write_cifar(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for batch in 0..6 {
        let name = if batch < 5 { format!("data_batch_{}.bin", batch + 1) } else { "test_batch.bin".into() };
        fs::write(folder.join(name), [record(batch), record(9)].concat()).unwrap();
    }
}

#[test]
fn names_stand_for_sets() {
    for info in DatasetInfo::all() {
        assert_eq!(info.name.parse::<DatasetInfo>().unwrap(), info);
        assert!(info.classes.len() == if info.name == "emnist-letters" { 26 } else { 10 }, "{}", info.name);
        let sums = match info.origin {
            Origin::Mirrors(downloader) => downloader.files.into_iter().map(|file| file.sha256).collect(),
            Origin::Archive(archive) => vec![archive.sha256],
            origin => panic!("{origin:?}"),
        };
        for sum in sums {
            assert!(sum.len() == 64 && sum.chars().all(|digit| digit.is_ascii_hexdigit()), "{sum}");
        }
    }
    let text = "MNIST".parse::<DatasetInfo>().unwrap_err().to_string();
    let names = "mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, cifar10";
    assert_eq!(text, format!("there is no data set MNIST; choose one of {names}"));
}

#[test]
fn a_set_lies_in_the_folder_or_in_its_own_below() {
    let folder = tempdir().unwrap();
    write_small_set(folder.path());
    let read = load(DatasetInfo::fashion_mnist(), folder.path()).unwrap();
    assert_eq!(read.source.to_string(), format!("Fashion-MNIST in {} (asked for)", folder.path().display()));
    assert_eq!(read.classes(), Vec::from_iter(0..10));
    assert_eq!(read.class_names()[&9], "Ankle boot");
    let own = folder.path().join("fashion-mnist");
    write_small_set(&own);
    fs::write(own.join(NAMES[0]), images(13)).unwrap();
    fs::write(own.join(NAMES[1]), labels(13)).unwrap();
    assert_eq!(load(DatasetInfo::fashion_mnist(), folder.path()).unwrap().train.len(), 13);
    assert_eq!(load(DatasetInfo::fashion_mnist(), &own).unwrap().train.len(), 13);
    assert_eq!(load(DatasetInfo::mnist(), folder.path()).unwrap().train.len(), 12);
    let around = Surroundings { named_folder: Some(folder.path().into()), ..nothing_around() };
    let request = Request { dataset: Some(DatasetInfo::fashion_mnist()), ..Request::default() };
    assert_eq!(load_from(&request, &around).unwrap().train.len(), 13);
}

#[test]
fn letters_are_upright_and_count_from_0() {
    let folder = tempdir().unwrap();
    write_emnist(folder.path(), "letters", &[1, 26, 2]);
    write_emnist(folder.path(), "digits", &[0, 9]);
    let [file, ..] = small_set();
    for place in [folder.path().to_path_buf(), folder.path().join("emnist-letters")] {
        let read = load(DatasetInfo::emnist_letters(), &place).unwrap();
        assert_eq!((read.train.labels.as_slice(), read.class_names()[&25].as_str()), (&[0, 25, 1][..], "z"));
        assert_eq!(read.classes(), Vec::from_iter(0..26));
        let (image, turned) = (&file[16..16 + 784], read.train.image(0).unwrap());
        assert!((0..784).all(|place| turned[place] == image[place % 28 * 28 + place / 28]));
        assert!(read.source.to_string().ends_with("(asked for, turned upright)"), "{}", read.source);
    }
    assert_eq!(load(DatasetInfo::emnist_digits(), folder.path()).unwrap().train.labels, [0, 9]);
    // As the archive has them.
    let unpacked = tempdir().unwrap();
    fs::create_dir(unpacked.path().join("gzip")).unwrap();
    write_emnist(&unpacked.path().join("gzip"), "letters", &[7]);
    assert_eq!(load(DatasetInfo::emnist_letters(), unpacked.path()).unwrap().test.labels, [6]);
}

#[test]
fn cifar_s_planes_become_channels() {
    let folder = cifar();
    let read = load(DatasetInfo::cifar10(), folder.path()).unwrap();
    let Images { height, width, channels, ref labels, ref pixels } = read.train;
    assert_eq!(
        ([height, width, channels], labels.as_slice()),
        ([32, 32, 3], &[0, 9, 1, 9, 2, 9, 3, 9, 4, 9][..])
    );
    for (place, pixel) in pixels.chunks_exact(3).enumerate() {
        let shade = (place % 1024 % 80) as u8;
        assert_eq!(pixel, [shade, shade + 80, shade + 160], "pixel {place}");
    }
    assert_eq!((read.test.labels.as_slice(), read.class_names()[&5].as_str()), (&[5, 9][..], "dog"));
    assert_eq!(read.test.image(1).map(<[u8]>::len), Some(3072));
    let around = tempdir().unwrap();
    write_cifar(&around.path().join("cifar10").join("cifar-10-batches-bin"));
    assert_eq!(load(DatasetInfo::cifar10(), around.path()).unwrap().train.len(), 10);
    let user = Surroundings { user_folder: Some(around.path().into()), ..nothing_around() };
    let request = Request { dataset: Some(DatasetInfo::cifar10()), ..Request::default() };
    assert_eq!(load_from(&request, &user).unwrap().source.to_string().split(" in ").next(), Some("CIFAR-10"));
}

#[test]
fn transposed_pixels_keep_their_channels() {
    let pixels = Vec::from_iter(1..=12);
    let images = Images { pixels, labels: vec![0], height: 2, width: 2, channels: 3 };
    assert_eq!(images.transposed().pixels, [1, 2, 3, 7, 8, 9, 4, 5, 6, 10, 11, 12]);
}

#[test]
fn missing_files_are_named_with_the_folder_and_how_to_get_them() {
    let folder = cifar();
    let place = folder.path().to_str().unwrap();
    fs::remove_file(folder.path().join("data_batch_3.bin")).unwrap();
    fs::remove_file(folder.path().join("test_batch.bin")).unwrap();
    let lacks = format!("CIFAR-10 lacks data_batch_3.bin, test_batch.bin in {place}; fetch https://");
    let archive = [
        "cifar-10-binary.tar.gz (170052171 bytes, SHA-256 c4a38c50",
        "its folder cifar-10-batches-bin there",
    ];
    fault(DatasetInfo::cifar10(), folder.path(), &[&lacks, archive[0], archive[1]]);
    let names = [
        "emnist-letters-train-images-idx3-ubyte[.gz]",
        "emnist-letters-test-labels-idx1-ubyte[.gz] in",
        place,
    ];
    // MNIST's names are not EMNIST's.
    write_small_set(folder.path());
    fault(
        DatasetInfo::emnist_letters(),
        folder.path(),
        &[&names[..], &["gzip.zip (561753746 bytes"]].concat(),
    );
    fs::remove_file(folder.path().join(NAMES[3])).unwrap();
    let lacks = format!("KMNIST lacks {}[.gz] in {place}; fetch them from http://codh", NAMES[3]);
    fault(DatasetInfo::kmnist(), folder.path(), &[&lacks]);
    fault(DatasetInfo::kmnist(), &folder.path().join(NAMES[0]), &["is a file: name the folder"]);
    fault(
        DatasetInfo::kmnist(),
        &folder.path().join("nowhere"),
        &["KMNIST lacks", NAMES[0], "nowhere; fetch"],
    );
}

#[test]
fn cut_files_and_wrong_labels_are_told_with_both_numbers() {
    let folder = cifar();
    let batch = folder.path().join("data_batch_2.bin");
    for length in [0, 1, 3072, 3074, 6145] {
        fs::write(&batch, &[record(1), record(2)].concat()[..length]).unwrap();
        let says = format!("data_batch_2.bin: {length} bytes are no whole number of records of 3073");
        fault(DatasetInfo::cifar10(), folder.path(), &[&says]);
    }
    fs::write(&batch, [record(1), record(10)].concat()).unwrap();
    fault(DatasetInfo::cifar10(), folder.path(), &["data_batch_2.bin: label 1 is 10, expected 0 to 9"]);
    fs::remove_file(&batch).unwrap();
    fs::create_dir(&batch).unwrap();
    fault(DatasetInfo::cifar10(), folder.path(), &["lacks data_batch_2.bin"]);

    let folder = tempdir().unwrap();
    for wrong in [0, 27] {
        write_emnist(folder.path(), "letters", &[1, 2, wrong]);
        let says = format!(
            "labels-idx1-ubyte.gz: label 2 is {wrong}, expected 1 to 26, the classes of EMNIST letters"
        );
        fault(DatasetInfo::emnist_letters(), folder.path(), &[&says]);
    }
    write_small_set(folder.path());
    fs::write(folder.path().join(NAMES[2]), [header(&[7, 30, 28]), vec![0; 7 * 30 * 28]].concat()).unwrap();
    fs::write(folder.path().join(NAMES[0]), [header(&[12, 30, 28]), vec![0; 12 * 30 * 28]].concat()).unwrap();
    fault(
        DatasetInfo::kmnist(),
        folder.path(),
        &[NAMES[0], "images of 30 × 28, and those of KMNIST are 28 × 28"],
    );
    fs::write(folder.path().join(NAMES[0]), &images(12)[..1000]).unwrap();
    let says = format!("{}: only 984 bytes follow the header, which says 9408", NAMES[0]);
    fault(DatasetInfo::kmnist(), folder.path(), &[&says]);
}

#[test]
fn digits_stand_for_mnist_alone() {
    let around = nothing_around();
    let request = |info| Request { dataset: Some(info), synthetic: true, ..Request::default() };
    assert_eq!(load_from(&request(DatasetInfo::mnist()), &around).unwrap().train.len(), 30);
    let error = load_from(&request(DatasetInfo::emnist_digits()), &around).unwrap_err();
    assert!(matches!(error, DataError::NotDrawn { title: "EMNIST digits" }), "{error}");
    let absent = |info| Request { synthetic: false, ..request(info) };
    assert_eq!(load_from(&absent(DatasetInfo::mnist()), &around).unwrap().train.len(), 30);
    let text = load_from(&absent(DatasetInfo::cifar10()), &around).unwrap_err().to_string();
    assert!(
        text.starts_with("this user has no data folder") && text.ends_with("the files of CIFAR-10"),
        "{text}"
    );
}
