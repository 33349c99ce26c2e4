//! The format of `.npy` files: a header in Python's words, then numbers (NumPy Enhancement Proposal 1).

use std::io::Read;

use ndarray::{ArrayViewD, IxDyn, ShapeBuilder};

use super::kind::Kind;
use crate::error::npy::NpyFault;

const MAGIC: &[u8] = b"\x93NUMPY";
/// The longest header that is read: the longest of version 1. One of plain numbers has some hundred bytes.
const LONGEST: u64 = 65_535;
/// The most characters of a header that an error shows.
const SHOWN: usize = 200;

/// What a header says.
pub(super) struct Header {
    pub kind: Kind,
    /// Whether the first axis is the one that changes fastest.
    pub fortran_order: bool,
    pub shape: Vec<usize>,
}

/// Reads a header and the elements, row-major. No more is read or held than the header calls for and one byte.
pub(super) fn read(mut content: impl Read) -> Result<(Header, Vec<u8>), NpyFault> {
    let header = Header::parse(&text(&mut content)?)?;
    let expected = header.elements().and_then(|count| count.checked_mul(header.kind.size()));
    let expected = expected.ok_or_else(|| NpyFault::TooLarge { shape: header.shape.clone() })? as u64;
    let bytes = take(&mut content, expected.saturating_add(1))?;
    if bytes.len() as u64 != expected {
        return Err(NpyFault::Length { found: bytes.len() as u64, expected });
    }
    let bytes = if header.fortran_order && !bytes.is_empty() { row_major(&bytes, &header)? } else { bytes };
    Ok((header, bytes))
}

/// The words of a header.
fn text(content: &mut impl Read) -> Result<String, NpyFault> {
    let start = take(content, 8)?;
    if !start.starts_with(MAGIC) || start.len() < 8 {
        return Err(NpyFault::Magic);
    }
    if !(1..=3).contains(&start[6]) {
        let header = format!("{}.{}", start[6], start[7]);
        return Err(NpyFault::Header { what: "a version from 1 to 3", header });
    }
    // Version 1 counts the header's bytes in 16 bits, and later ones in 32.
    let size = take(content, if start[6] == 1 { 2 } else { 4 })?;
    let length = size.iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
    if length > LONGEST {
        return Err(NpyFault::Header {
            what: "a length up to 65535 bytes",
            header: format!("{length} bytes"),
        });
    }
    let words = take(content, length)?;
    Ok(String::from_utf8_lossy(&words).trim().to_string())
}

impl Header {
    fn parse(header: &str) -> Result<Self, NpyFault> {
        let wrong = |what| NpyFault::Header { what, header: header.chars().take(SHOWN).collect() };
        let descr = value(header, "descr").ok_or_else(|| wrong("a type, `descr`"))?;
        let kind = Kind::of(descr).ok_or_else(|| NpyFault::Type { found: element_type(descr) })?;
        let order = value(header, "fortran_order");
        let fortran_order = match order.and_then(|text| text.split([',', '}']).next()).map(str::trim) {
            Some("True") => true,
            Some("False") => false,
            _ => return Err(wrong("an order of axes, `fortran_order`")),
        };
        let shape = value(header, "shape").and_then(sizes).ok_or_else(|| wrong("a `shape`"))?;
        Ok(Self { kind, fortran_order, shape })
    }

    fn elements(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size))
    }
}

/// What a header has behind a key.
fn value<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let (_, behind) = header.split_once(&format!("'{key}':"))?;
    Some(behind.trim_start())
}

/// The type as the header has it, up to where the next key begins.
fn element_type(descr: &str) -> String {
    descr.split(", 'fortran_order'").next().unwrap_or(descr).chars().take(SHOWN).collect()
}

/// The numbers of a tuple.
fn sizes(text: &str) -> Option<Vec<usize>> {
    let (inside, _) = text.strip_prefix('(')?.split_once(')')?;
    // Python 2 writes `3L`.
    let words = inside.split(',').map(|word| word.trim().trim_end_matches('L'));
    words.filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect()
}

/// The elements of a column-major array in row-major order.
fn row_major(bytes: &[u8], header: &Header) -> Result<Vec<u8>, NpyFault> {
    // The bytes of an element are one more axis: the first here, and the last there.
    let sizes = [&[header.kind.size()], &header.shape[..]].concat();
    let columns = ArrayViewD::from_shape(IxDyn(&sizes).f(), bytes);
    let columns = columns.map_err(|_| NpyFault::TooLarge { shape: header.shape.clone() })?;
    let order: Vec<_> = (1..sizes.len()).chain([0]).collect();
    Ok(columns.permuted_axes(order).iter().copied().collect())
}

/// Reads `length` bytes, or what there is.
fn take(content: &mut impl Read, length: u64) -> Result<Vec<u8>, NpyFault> {
    let mut bytes = Vec::new();
    match content.take(length).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        // Only the system's errors have a number, the decompressor's have none.
        Err(source) if source.raw_os_error().is_none() => Err(NpyFault::Archive { why: source.to_string() }),
        Err(source) => Err(NpyFault::Read { source }),
    }
}
