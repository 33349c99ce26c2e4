//! An ONNX file, and the net in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wgrad::OnnxNet;

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = OnnxNet::from_bytes(bytes) else { return };
    assert!(read.net().summary().is_ok());
    // The weights are numbers of the file.
    let numbers = |name| read.weights().shape(name).map_or(0, |shape| shape.iter().product::<usize>());
    assert!(read.weights().names().map(numbers).sum::<usize>() < (1 << 17) + 8 * bytes.len());
});
