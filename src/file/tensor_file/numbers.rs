//! Numbers as bytes of a safetensors file.

use half::{bf16, f16};
use safetensors::Dtype;

/// A kind of number that files are written with.
pub(super) trait Number: Sized {
    /// What it is in a file.
    const DTYPE: Dtype;

    /// Adds its bytes, the least significant first.
    fn append_to(&self, bytes: &mut Vec<u8>);

    /// Numbers of a kind that this one holds exactly, if `dtype` is such a kind.
    fn all_of(dtype: Dtype, bytes: &[u8]) -> Option<Vec<Self>>;
}

impl Number for f32 {
    const DTYPE: Dtype = Dtype::F32;

    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn all_of(dtype: Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
        match dtype {
            Dtype::F32 => Some(each(bytes, f32::from_le_bytes)),
            Dtype::F16 => Some(each(bytes, |bytes| f16::from_le_bytes(bytes).to_f32())),
            Dtype::BF16 => Some(each(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32())),
            _ => None,
        }
    }
}

impl Number for f64 {
    const DTYPE: Dtype = Dtype::F64;

    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn all_of(dtype: Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
        (dtype == Dtype::F64).then(|| each(bytes, f64::from_le_bytes))
    }
}

impl Number for u32 {
    const DTYPE: Dtype = Dtype::U32;

    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn all_of(dtype: Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
        (dtype == Dtype::U32).then(|| each(bytes, u32::from_le_bytes))
    }
}

/// `f32` numbers as `f16`, or the first that it does not hold.
pub(super) fn half(bytes: &[u8]) -> Result<Vec<u8>, f32> {
    let mut halves = Vec::with_capacity(bytes.len() / 2);
    for value in each(bytes, f32::from_le_bytes) {
        let half = f16::from_f32(value);
        if half.is_infinite() && value.is_finite() {
            return Err(value);
        }
        halves.extend(half.to_le_bytes());
    }
    Ok(halves)
}

fn each<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|bytes| number(*bytes)).collect()
}
