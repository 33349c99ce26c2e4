//! A safetensors file, and everything in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wgrad::TensorFile;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = TensorFile::from_bytes(bytes) else { return };
    for name in file.names() {
        let shape = file.shape(name).map(<[usize]>::to_vec);
        let reals = file.reals(name).map(|values| values.shape().to_vec());
        let doubles = file.doubles(name).map(|values| values.shape().to_vec());
        assert!(reals.ok().into_iter().chain(doubles.ok()).all(|found| Some(found) == shape));
        let _ = file.integers(name);
    }
    // What was read is written, and read again as the same.
    let again = file.to_bytes().and_then(|bytes| TensorFile::from_bytes(&bytes));
    assert_eq!(again.ok(), Some(file));
});
