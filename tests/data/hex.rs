//! Recorded files, which are kept as hexadecimal text.

use std::path::Path;

/// The bytes of a file in `tests/data/`.
pub fn bytes(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(format!("{name}.hex"));
    let digits: String = std::fs::read_to_string(path).unwrap().split_whitespace().collect();
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}
