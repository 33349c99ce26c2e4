//! The types of numbers in IDX files, and what they mean as pixels and as labels.

/// A type of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I8,
    I16,
    I32,
    F32,
    F64,
}

impl Kind {
    /// All codes, for messages.
    pub const CODES: &str = "8 (u8), 9 (i8), 11 (i16), 12 (i32), 13 (f32) or 14 (f64)";

    pub fn of(code: u8) -> Option<Self> {
        match code {
            0x08 => Some(Self::U8),
            0x09 => Some(Self::I8),
            0x0b => Some(Self::I16),
            0x0c => Some(Self::I32),
            0x0d => Some(Self::F32),
            0x0e => Some(Self::F64),
            _ => None,
        }
    }

    /// The bytes of a number.
    pub fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// A big-endian number of this type.
    pub fn number(self, bytes: &[u8]) -> f64 {
        match (self, bytes) {
            (Self::U8, &[a]) => a.into(),
            (Self::I8, &[a]) => i8::from_be_bytes([a]).into(),
            (Self::I16, &[a, b]) => i16::from_be_bytes([a, b]).into(),
            (Self::I32, &[a, b, c, d]) => i32::from_be_bytes([a, b, c, d]).into(),
            (Self::F32, &[a, b, c, d]) => f32::from_be_bytes([a, b, c, d]).into(),
            (Self::F64, &[a, b, c, d, e, f, g, h]) => f64::from_be_bytes([a, b, c, d, e, f, g, h]),
            _ => f64::NAN,
        }
    }

    /// What a pixel may be, for messages.
    pub fn pixels(self) -> &'static str {
        if self.is_float() { "0 to 1, as in images of floats" } else { "0 to 255" }
    }

    /// The byte that stands for a pixel: integers are bytes already, floats count from 0 to 1.
    pub fn pixel(self, number: f64) -> Option<u8> {
        let value = if self.is_float() { 255.0 * number } else { number };
        (0.0..=255.0).contains(&value).then(|| value.round() as u8)
    }

    fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

/// The class that a number stands for.
pub(super) fn label(number: f64) -> Option<u32> {
    let whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    whole.then_some(number as u32)
}
