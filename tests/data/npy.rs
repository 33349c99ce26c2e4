//! Files of NumPy's: `numpy/` has some that it wrote, and the others are made here.

use std::fs;
use std::path::PathBuf;

use tempfile::{TempDir, tempdir};
use wgrad::Samples;
use wgrad::data::{NpyArray, NpzFile};

use crate::hex;

/// A file that NumPy wrote, in a folder of its own.
fn recorded(name: &str) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, hex::bytes(&format!("numpy/{name}"))).unwrap();
    (folder, path)
}

/// A file of version 1 with this header.
fn file(header: &str, body: &[u8]) -> Vec<u8> {
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), body].concat()
}

fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n")
}

/// What comes of a file's array, or what its error says behind the path.
fn with<T>(content: &[u8], then: impl FnOnce(NpyArray) -> wgrad::Result<T>) -> Result<T, String> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.npy");
    fs::write(&path, content).unwrap();
    NpyArray::read(&path).and_then(then).map_err(|error| {
        let text = error.to_string();
        text.strip_prefix(&format!("{} ", path.display())).expect("the path").to_string()
    })
}

fn bytes<const N: usize>(numbers: impl IntoIterator<Item = [u8; N]>) -> Vec<u8> {
    numbers.into_iter().flatten().collect()
}

#[test]
fn archives_of_numpy_are_read() {
    let six = Samples::rows([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 2).unwrap();
    for name in ["plain.npz", "packed.npz"] {
        let (_folder, path) = recorded(name);
        let mut file = NpzFile::open(path).unwrap();
        assert_eq!(file.names(), ["a", "b"]);
        assert_eq!(file.array("b").unwrap().labels().unwrap(), [0, 1, 2]);
        assert_eq!(file.array("a").unwrap().samples().unwrap(), six, "{name}");
        let text = file.array("c").unwrap_err().to_string();
        assert!(text.ends_with(&format!("{name}, array \"c\" is not in the archive; it has a, b")), "{text}");
        let text = file.array("a").unwrap().labels().unwrap_err().to_string();
        let says = "array \"a\" is of shape (3×2), and labels need one number a sample";
        assert!(text.ends_with(says), "{text}");
    }
}

#[test]
fn columns_become_rows() {
    let (_folder, path) = recorded("columns.npy");
    let array = NpyArray::read(path).unwrap();
    assert_eq!(array.shape(), [3, 2, 2]);
    let numbers: Vec<f32> = (0..12_u8).map(f32::from).collect();
    assert_eq!(array.samples().unwrap(), Samples::shaped(numbers, [2, 2]).unwrap());
}

#[test]
fn every_type_of_number_is_read() {
    let cases: [(&str, Vec<u8>); 14] = [
        ("|b1", vec![1, 0]),
        ("|i1", vec![1, 0]),
        ("|u1", vec![1, 0]),
        ("<i2", bytes([1_i16, 0].map(i16::to_le_bytes))),
        (">u2", bytes([1_u16, 0].map(u16::to_be_bytes))),
        ("<i4", bytes([1_i32, 0].map(i32::to_le_bytes))),
        (">i4", bytes([1_i32, 0].map(i32::to_be_bytes))),
        ("<u4", bytes([1_u32, 0].map(u32::to_le_bytes))),
        ("<i8", bytes([1_i64, 0].map(i64::to_le_bytes))),
        (">u8", bytes([1_u64, 0].map(u64::to_be_bytes))),
        ("<f2", vec![0x00, 0x3c, 0, 0]),
        (">f2", vec![0x3c, 0x00, 0, 0]),
        ("<f4", bytes([1_f32, 0.0].map(f32::to_le_bytes))),
        (">f8", bytes([1_f64, 0.0].map(f64::to_be_bytes))),
    ];
    for (descr, body) in cases {
        let content = file(&header(descr, "(2,)"), &body);
        assert_eq!(with(&content, NpyArray::labels).unwrap(), [1, 0], "{descr}");
        let samples = with(&content, NpyArray::samples).unwrap();
        let expected = match descr {
            "|u1" => Samples::images(vec![1, 0], [1]),
            _ if descr.contains('f') => Samples::rows([1.0, 0.0], 1),
            _ => Samples::integers([1, 0], [1]),
        };
        assert_eq!(samples, expected.unwrap(), "{descr}");
        assert_eq!(with(&content, NpyArray::reals).unwrap(), Samples::rows([1.0, 0.0], 1).unwrap());
    }
    // The least and the largest numbers, of which the upper bits are the sign.
    let cases: [(&str, Vec<u8>, [f32; 2]); 5] = [
        ("|i1", vec![0x80, 0x7f], [-128.0, 127.0]),
        (">i2", vec![0x80, 0, 0x7f, 0xff], [-32_768.0, 32_767.0]),
        ("<i4", bytes([i32::MIN, -3].map(i32::to_le_bytes)), [-2_147_483_648.0, -3.0]),
        ("<i8", bytes([i64::MIN, -3].map(i64::to_le_bytes)), [-9_223_372_036_854_775_808.0, -3.0]),
        ("|u1", vec![255, 254], [255.0, 254.0]),
    ];
    for (descr, body, expected) in cases {
        let reals = with(&file(&header(descr, "(2, 1)"), &body), NpyArray::reals).unwrap();
        assert_eq!(reals, Samples::rows(expected, 1).unwrap(), "{descr}");
    }
}

#[test]
fn later_versions_and_python_2_are_read() {
    let text = header("<u2", "(1L, 2L)");
    let size = (text.len() as u32).to_le_bytes();
    let content = [b"\x93NUMPY\x02\x00", &size[..], text.as_bytes(), &[7, 0, 9, 1]].concat();
    assert_eq!(with(&content, NpyArray::samples).unwrap(), Samples::integers([7, 265], [2]).unwrap());
}

#[test]
fn forged_headers_are_not_read() {
    let save = "write it with `numpy.save`";
    let start = |version: u8, length: u32| [b"\x93NUMPY", &[version, 0][..], &length.to_le_bytes()].concat();
    let long = [start(2, u32::MAX), vec![b' '; 70_000]].concat();
    assert_eq!(
        with(&long, NpyArray::samples).unwrap_err(),
        format!("has a header without a length up to 65535 bytes: \"4294967295 bytes\"; {save}")
    );
    for version in [0, 4] {
        assert_eq!(
            with(&start(version, 9), NpyArray::samples).unwrap_err(),
            format!("has a header without a version from 1 to 3: \"{version}.0\"; {save}")
        );
    }
    let words = with(&file(&"x".repeat(9_000), &[]), NpyArray::samples).unwrap_err();
    assert_eq!(words, format!("has a header without a type, `descr`: \"{}\"; {save}", "x".repeat(200)));
    let words = with(&file(&header(&"é".repeat(900), "(1,)"), &[]), NpyArray::samples).unwrap_err();
    assert!(words.starts_with(&format!("has elements of type '{}; save", "é".repeat(199))), "{words}");
    for shape in ["(4611686018427387904, 0)", "(0, 4611686018427387904)"] {
        let columns = header("<f8", shape).replace("False", "True");
        let text = with(&file(&columns, &[]), NpyArray::samples).unwrap_err();
        assert!(text.ends_with(" and has no samples; its first axis counts them"), "{text}");
    }
}

#[test]
fn numbers_that_mean_nothing_are_named() {
    let finite = "numbers must be finite as float32; clean the data first";
    let whole = "whole numbers from 0 to 4294967295 are wanted; use `reals` for other numbers";
    let nan =
        file(&header("<f4", "(2, 3)"), &bytes([0.0, 1.0, 2.0, 3.0, f32::NAN, 5.0].map(f32::to_le_bytes)));
    assert_eq!(with(&nan, NpyArray::samples).unwrap_err(), format!("has NaN at [1, 1], and {finite}"));
    let huge = file(&header("<f8", "(2,)"), &bytes([0.0, -1e39_f64].map(f64::to_le_bytes)));
    let text = with(&huge, NpyArray::reals).unwrap_err();
    assert!(text.starts_with("has -1000000") && text.ends_with(&format!(" at [1], and {finite}")), "{text}");
    let negative = file(&header("<i8", "(2, 1, 1)"), &bytes([5_i64, -1].map(i64::to_le_bytes)));
    let says = format!("has -1 at [1, 0, 0], and {whole}");
    assert_eq!(with(&negative, NpyArray::samples).unwrap_err(), says);
    assert_eq!(with(&negative, NpyArray::labels).unwrap_err(), says);
    let half = file(&header("<f4", "(1,)"), &0.5_f32.to_le_bytes());
    assert_eq!(with(&half, NpyArray::labels).unwrap_err(), format!("has 0.5 at [0], and {whole}"));
    let many = file(&header("<u8", "(1,)"), &(1_u64 << 32).to_le_bytes());
    assert_eq!(with(&many, NpyArray::labels).unwrap_err(), format!("has 4294967296 at [0], and {whole}"));
}

#[test]
fn malformed_files_say_what_is_wrong() {
    let save = "write it with `numpy.save`";
    let good = header("<f4", "(2,)");
    let cases = [
        (b"a,b\n1,2\n".to_vec(), format!("does not begin with NumPy's magic string; {save}")),
        (b"\x93NUM".to_vec(), format!("does not begin with NumPy's magic string; {save}")),
        (file("{}", &[]), format!("has a header without a type, `descr`: \"{{}}\"; {save}")),
        (
            file("{'descr': '<f4', 'shape': (2,)}", &[]),
            format!(
                "has a header without an order of axes, `fortran_order`: \"{{'descr': '<f4', 'shape': (2,)}}\"; {save}"
            ),
        ),
        (
            file(&header("<f4", "(-2,)"), &[]),
            format!("has a header without a `shape`: {:?}; {save}", header("<f4", "(-2,)").trim()),
        ),
        (
            file(&header("|O", "(2,)"), &[]),
            "has elements of type '|O'; save numbers or booleans, as by `array.astype(\"float32\")`".into(),
        ),
        (file(&good, &[0; 7]), "has 7 bytes behind its header, which says 8; write it again".into()),
        (
            file(&good, &[0; 10]),
            "has more than 8 bytes behind its header, which says 8; write it again".into(),
        ),
        (
            file(&header("|u1", "(0, 5)"), &[]),
            "is of shape (0×5) and has no samples; its first axis counts them".into(),
        ),
        (
            file(&header("|u1", "()"), &[1]),
            "is of shape () and has no samples; its first axis counts them".into(),
        ),
        (
            file(&header("<f8", "(1000000000, 1000000000)"), &[0; 8]),
            "has 8 bytes behind its header, which says 8000000000000000000; write it again".into(),
        ),
        (
            file(&header("<f8", "(4294967296, 4294967296)"), &[0; 8]),
            "is of shape (4294967296×4294967296), more elements than memory can hold; split the array".into(),
        ),
    ];
    for (content, says) in cases {
        assert_eq!(with(&content, NpyArray::samples).unwrap_err(), says);
    }
    let folder = tempdir().unwrap();
    let text = NpyArray::read(folder.path().join("none.npy")).unwrap_err().to_string();
    assert!(text.contains("none.npy cannot be read: No such file"), "{text}");
}

#[test]
fn damaged_archives_are_errors() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.npz");
    let good = hex::bytes("numpy/packed.npz");
    fs::write(&path, &good[..good.len() - 30]).unwrap();
    let text = NpzFile::open(&path).unwrap_err().to_string();
    assert!(text.contains("x.npz is no whole `.npz` archive: "), "{text}");
    let mut damaged = good;
    // The first compressed block is of a kind that there is not.
    damaged[55] = 0x07;
    fs::write(&path, damaged).unwrap();
    let text = NpzFile::open(&path).unwrap().array("a").unwrap_err().to_string();
    assert!(text.contains("x.npz, array \"a\" is no whole `.npz` archive: "), "{text}");
    // Of 5.0 in `a`, the last byte.
    let mut damaged = hex::bytes("numpy/plain.npz");
    let at = damaged.windows(4).position(|four| four == 5_f32.to_le_bytes()).unwrap();
    damaged[at + 3] ^= 1;
    fs::write(&path, damaged).unwrap();
    let text = NpzFile::open(&path).unwrap().array("a").unwrap_err().to_string();
    assert!(text.contains("x.npz, array \"a\" is no whole `.npz` archive: Invalid checksum"), "{text}");
}
