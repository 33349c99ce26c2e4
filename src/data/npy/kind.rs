//! The types of numbers in NumPy's files, and what they stand for.

use std::fmt;

use half::f16;

/// A type of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    form: Form,
    size: usize,
    big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Float,
    Signed,
    Unsigned,
    Bool,
}

/// A number of any type.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Float(f64),
    Integer(i128),
}

impl Kind {
    /// `uint8`.
    pub const BYTE: Self = Self { form: Form::Unsigned, size: 1, big_endian: false };

    /// By NumPy's name in quotes, such as `'<f4'`.
    pub fn of(descr: &str) -> Option<Self> {
        let name = descr.strip_prefix('\'')?.split('\'').next()?;
        let (order, name) = name.split_at_checked(1)?;
        let (form, size) = match name {
            "f2" | "f4" | "f8" => (Form::Float, &name[1..]),
            "i1" | "i2" | "i4" | "i8" => (Form::Signed, &name[1..]),
            "u1" | "u2" | "u4" | "u8" => (Form::Unsigned, &name[1..]),
            "b1" => (Form::Bool, &name[1..]),
            _ => return None,
        };
        let size = size.parse().ok()?;
        let big_endian = order == ">" && size > 1;
        Some(Self { form, size, big_endian })
    }

    /// Bytes of one.
    pub const fn size(self) -> usize {
        self.size
    }

    pub fn is_float(self) -> bool {
        self.form == Form::Float
    }

    /// The number that so many bytes are.
    pub fn number(self, bytes: &[u8]) -> Number {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        if self.big_endian {
            word[..bytes.len()].reverse();
        }
        let word = u64::from_le_bytes(word);
        match (self.form, self.size) {
            (Form::Float, 2) => Number::Float(f16::from_bits(word as u16).into()),
            (Form::Float, 4) => Number::Float(f32::from_bits(word as u32).into()),
            (Form::Float, _) => Number::Float(f64::from_bits(word)),
            // What is above the sign is filled with it.
            (Form::Signed, size) => {
                let free = 64 - 8 * size as u32;
                Number::Integer(((word << free) as i64 >> free).into())
            }
            (Form::Unsigned | Form::Bool, _) => Number::Integer(word.into()),
        }
    }
}

impl Number {
    /// As `f32`, or why not.
    pub fn real(self) -> Result<f32, &'static str> {
        let real = match self {
            Self::Float(number) => number as f32,
            Self::Integer(number) => number as f32,
        };
        if real.is_finite() {
            Ok(real)
        } else {
            Err("numbers must be finite as float32; clean the data first")
        }
    }

    /// As a whole number from 0 on, or why not.
    pub fn class(self) -> Result<u32, &'static str> {
        let wanted = "whole numbers from 0 to 4294967295 are wanted; use `reals` for other numbers";
        match self {
            Self::Float(number) if number.fract() == 0.0 => u32::try_from(number as i128).map_err(|_| wanted),
            Self::Float(_) => Err(wanted),
            Self::Integer(number) => u32::try_from(number).map_err(|_| wanted),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float(number) => number.fmt(f),
            Self::Integer(number) => number.fmt(f),
        }
    }
}
