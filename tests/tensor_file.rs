//! Files of arrays that are cut, changed or made to hurt: an error or arrays that fit the file, never a panic, and
//! little memory beyond the file's own size.
#![expect(unsafe_code, reason = "an allocator that counts can be written in no other way")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ndarray::{Array2, array};
use proptest::collection::vec;
use proptest::prelude::*;
use wgrad::backend::Cpu;
use wgrad::layers::{Dense, Relu};
use wgrad::svm::RbfSvm;
use wgrad::{FileFault, Model, Optimizer, Sequential, TensorFile, losses};

/// Counts what the thread at hand has allocated, and the most of it.
struct Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let now = NOW.get() + bytes;
    NOW.set(now);
    PEAK.set(PEAK.get().max(now));
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What reading may take beyond a few words: for each byte of a list of numbers, a parser keeps a tagged value in a
/// list that doubles as it grows.
const FACTOR: usize = 40;
const FEW: usize = 4096;

/// Reads a file and everything in it, and checks the memory that this takes.
fn read(bytes: &[u8]) -> Result<TensorFile, FileFault> {
    let before = NOW.get();
    PEAK.set(before);
    let file = TensorFile::from_bytes(bytes);
    if let Ok(file) = &file {
        for name in file.names() {
            let length = file.shape(name).unwrap().iter().product::<usize>();
            assert!(file.reals(name).map_or(0, |values| values.len()) <= length);
            let _ = (file.doubles(name), file.integers(name));
        }
    }
    let taken = (PEAK.get() - before) as usize;
    assert!(taken <= FACTOR * bytes.len() + FEW, "{taken} bytes for a file of {}", bytes.len());
    file
}

fn good() -> Vec<u8> {
    let file = TensorFile::new()
        .with_reals("dense_1.weight", array![[1.0, 2.0], [3.0, 4.0]].view())
        .with_reals("dense_1.bias", array![0.5, -0.5].view())
        .with_doubles("best", array![0.25].view())
        .with_integers("order", &[2, 0, 1]);
    file.to_bytes().unwrap()
}

/// A file with any header.
fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn a_file_that_ends_anywhere_is_no_whole_one() {
    let good = good();
    read(&good).unwrap();
    for end in 0..good.len() {
        let fault = read(&good[..end]).unwrap_err();
        assert!(matches!(fault, FileFault::Format { .. }), "{end}: {fault}");
    }
    read(&[good.as_slice(), &[0]].concat()).unwrap_err();
}

#[test]
fn lengths_that_are_not_the_files_own() {
    let good = good();
    for length in [0, 1, 7, 1 << 20, (1 << 20) + 1, 1 << 32, u64::MAX / 2, u64::MAX - 8, u64::MAX] {
        let mut bytes = good.clone();
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        let fault = read(&bytes).unwrap_err();
        assert_eq!(matches!(fault, FileFault::Header { .. }), length > 1 << 20, "{length}: {fault}");
    }
}

#[test]
fn headers_made_to_hurt() {
    let huge = u64::MAX;
    let entry = |shape: &str, offsets: &str| {
        format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}")
    };
    let deep = "[".repeat(100_000);
    let ones = format!("[{}1]", "1,".repeat(50_000));
    let bad = [
        String::new(),
        "{".into(),
        "[]".into(),
        deep.clone(),
        format!("{{\"a\":{deep}"),
        entry("[1]", "[0,5]"),
        entry("[2]", "[0,4]"),
        entry("[1]", "[4,0]"),
        entry("[1]", "[1,5]"),
        entry("[-1]", "[0,4]"),
        entry("[1.5]", "[0,4]"),
        entry(&format!("[{huge}]"), "[0,4]"),
        entry(&format!("[{huge},{huge}]"), "[0,4]"),
        entry(&format!("[{},{},0]", 1_u64 << 40, 1_u64 << 40), "[0,0]"),
        entry("[1]", &format!("[0,{huge}]")),
        entry("[1]", "[0,4]").replace("F32", "F33"),
        entry("[1]", "[0,4]").replace("F32", "F4"),
        entry(&ones, "[0,8]"),
        format!("{{\"__metadata__\":{{\"wgrad\":7}},{}", &entry("[1]", "[0,4]")[1..]),
    ];
    for header in bad {
        read(&with_header(&header, &[0; 4])).unwrap_err();
    }
    // These are odd, and whole.
    read(&with_header(&entry("[]", "[0,4]"), &[0; 4])).unwrap();
    read(&with_header(&entry(&ones, "[0,4]"), &[0; 4])).unwrap();
    let none = entry(&format!("[0,{}]", 1_u64 << 40), "[0,0]");
    read(&with_header(&none, &[])).unwrap();
    let many: Vec<String> = (0..10_000)
        .map(|i| format!("\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"))
        .collect();
    read(&with_header(&format!("{{{}}}", many.join(",")), &[])).unwrap();
}

/// A file of a model and one of a support vector machine.
fn described() -> [Vec<u8>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let net = Sequential::new([2]).add(Dense::new(3)).add(Relu).add(Dense::new(2));
    let cpu = Cpu::<f32>::with_threads(1).unwrap();
    net.compile(cpu, losses::MeanSquaredError, Optimizer::adam(0.1), 0).unwrap().save(&path).unwrap();
    let model = std::fs::read(&path).unwrap();
    let rows = Array2::from_shape_fn((6, 2), |(i, j)| (i * i + j) as f32);
    RbfSvm::params().fit(rows.view(), &[0, 0, 0, 1, 1, 1]).unwrap().save(&path).unwrap();
    [model, std::fs::read(&path).unwrap()]
}

/// Changes bytes, most of them in the header.
fn changed(mut bytes: Vec<u8>, changes: &[(usize, u8)]) -> Vec<u8> {
    let length = bytes.len();
    changes.iter().for_each(|(at, byte)| bytes[at % length] = *byte);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300), length in 0_u64..300) {
        let _ = read(&bytes);
        let _ = read(&[&length.to_le_bytes(), bytes.as_slice()].concat());
    }

    #[test]
    fn changed_files_are_read_or_refused(
        changes in vec((any::<usize>(), any::<u8>()), 1..4),
        digits in vec((any::<usize>(), b'0'..=b'9'), 0..3),
        end in any::<usize>(),
    ) {
        let bytes = changed(changed(good(), &digits), &changes);
        let _ = read(&bytes);
        let _ = read(&bytes[..end % bytes.len()]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn changed_models_and_machines_are_loaded_or_refused(
        changes in vec((any::<usize>(), any::<u8>()), 0..3),
        digits in vec((8_usize..1000, b'0'..=b'9'), 1..4),
    ) {
        thread_local! {
            static FILES: [Vec<u8>; 2] = described();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for bytes in FILES.with(Clone::clone) {
            std::fs::write(&path, changed(changed(bytes, &digits), &changes)).unwrap();
            let _ = Model::load(&path, Cpu::<f32>::with_threads(1).unwrap());
            let _ = RbfSvm::load(&path);
            let _ = Sequential::load(&path).map(|net| net.summary());
        }
    }
}
