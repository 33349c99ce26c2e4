//! The wire format of protocol buffers: fields with numbers, one after the other.

/// Bytes of a file, and where in it they begin.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) bytes: &'a [u8],
    at: usize,
}

/// What a field holds.
pub(super) enum Field<'a> {
    Number(u64),
    Eight([u8; 8]),
    Bytes(Part<'a>),
    Four([u8; 4]),
}

impl<'a> Part<'a> {
    pub(super) fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Takes its next field, with its number, unless there is none left.
    pub(super) fn field(&mut self) -> Result<Option<(u64, Field<'a>)>, String> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let at = self.at;
        let key = self.varint()?;
        let field = match key & 7 {
            0 => Field::Number(self.varint()?),
            1 => Field::Eight(self.array()?),
            2 => {
                let length = self.varint()?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Four(self.array()?),
            kind => return Err(format!("byte {at} begins a field of kind {kind}, which no ONNX file has")),
        };
        Ok(Some((key >> 3, field)))
    }

    /// Takes a number of seven bits a byte, the lowest first.
    pub(super) fn varint(&mut self) -> Result<u64, String> {
        let mut number = 0;
        for (place, byte) in self.bytes.iter().take(10).enumerate() {
            number |= u64::from(byte & 127) << (7 * place);
            if byte & 128 == 0 {
                self.skip(place + 1);
                return Ok(number);
            }
        }
        let why = if self.bytes.len() < 10 { "ends within a number" } else { "has a number without an end" };
        Err(format!("what begins at byte {} {why}", self.at))
    }

    /// Takes so many bytes.
    fn take(&mut self, length: u64) -> Result<Self, String> {
        let left = self.bytes.len();
        let length = usize::try_from(length).ok().filter(|length| *length <= left).ok_or_else(|| {
            format!("byte {} begins {length} bytes, and {left} are left; the file is cut off", self.at)
        })?;
        let part = Self { bytes: &self.bytes[..length], at: self.at };
        self.skip(length);
        Ok(part)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?.bytes);
        Ok(array)
    }

    fn skip(&mut self, bytes: usize) {
        self.bytes = &self.bytes[bytes..];
        self.at += bytes;
    }

    fn text(self) -> Result<&'a str, String> {
        str::from_utf8(self.bytes).map_err(|_| format!("byte {} begins a name that is no UTF-8", self.at))
    }
}

impl<'a> Field<'a> {
    /// The message, or numbers one after the other.
    pub(super) fn part(self, what: &str) -> Result<Part<'a>, String> {
        match self {
            Field::Bytes(part) => Ok(part),
            _ => Err(format!("{what} is no field of bytes")),
        }
    }

    pub(super) fn text(self, what: &str) -> Result<&'a str, String> {
        self.part(what)?.text()
    }

    pub(super) fn integer(self, what: &str) -> Result<i64, String> {
        match self {
            Field::Number(number) => Ok(number as i64),
            _ => Err(format!("{what} is no integer")),
        }
    }

    pub(super) fn real(self, what: &str) -> Result<f32, String> {
        match self {
            Field::Four(bytes) => Ok(f32::from_le_bytes(bytes)),
            _ => Err(format!("{what} is no number of four bytes")),
        }
    }

    /// Adds integers, one or several.
    pub(super) fn integers(self, what: &str, to: &mut Vec<i64>) -> Result<(), String> {
        let Field::Bytes(mut part) = self else {
            to.push(self.integer(what)?);
            return Ok(());
        };
        while !part.bytes.is_empty() {
            to.push(part.varint()? as i64);
        }
        Ok(())
    }

    /// Adds numbers of four bytes, one or several.
    pub(super) fn reals(self, what: &str, to: &mut Vec<f32>) -> Result<(), String> {
        let Field::Bytes(mut part) = self else {
            to.push(self.real(what)?);
            return Ok(());
        };
        while !part.bytes.is_empty() {
            to.push(f32::from_le_bytes(part.array()?));
        }
        Ok(())
    }

    /// Adds numbers of eight bytes, one or several.
    pub(super) fn doubles(self, what: &str, to: &mut Vec<f64>) -> Result<(), String> {
        match self {
            Field::Eight(bytes) => to.push(f64::from_le_bytes(bytes)),
            _ => {
                let mut part = self.part(what)?;
                while !part.bytes.is_empty() {
                    to.push(f64::from_le_bytes(part.array()?));
                }
            }
        }
        Ok(())
    }
}
