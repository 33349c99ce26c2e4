//! The cells of the columns that are used.

use std::fs::File;

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};

use super::column::{Column, Kept};
use super::lines::Lines;
use super::{CsvData, Missing, Use};
use crate::error::csv::CsvFault;

/// Cells that mean that there is no value.
const NO_VALUE: [&str; 8] = ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"];

/// The used columns, without the rows that are left out.
pub(super) struct Rows {
    columns: Vec<Cells>,
    pub dropped: usize,
}

/// A column's cells.
pub(super) struct Cells {
    pub name: String,
    pub used: Use,
    pub cells: Vec<Cell>,
}

/// A cell and the line that it is on.
pub(super) struct Cell {
    pub line: u64,
    pub kept: Kept,
}

impl Rows {
    /// Reads the columns with these names.
    pub fn read(
        file: File,
        delimiter: u8,
        wanted: &[(String, Use)],
        missing: Missing,
    ) -> Result<Self, CsvFault> {
        let lines = Lines::of(file, delimiter);
        let mut reader = ReaderBuilder::new().delimiter(delimiter).trim(Trim::All).from_reader(lines);
        let header = reader.headers().cloned();
        let line = reader.get_mut().next();
        let places = places(&header.map_err(|error| fault(error, line))?, wanted)?;
        let empty = |(name, used): &(String, Use)| Cells { name: name.clone(), used: *used, cells: vec![] };
        let mut rows = Self { columns: wanted.iter().map(empty).collect(), dropped: 0 };
        let mut record = StringRecord::new();
        loop {
            let is_read = reader.read_record(&mut record);
            let line = reader.get_mut().next();
            if !is_read.map_err(|error| fault(error, line))? {
                break;
            }
            rows.add(line, &record, &places, missing)?;
        }
        if let Some(line) = reader.get_ref().fault() {
            return Err(CsvFault::Quote { line });
        }
        let is_empty = rows.columns.iter().all(|column| column.cells.is_empty());
        if is_empty { Err(CsvFault::NoRow { dropped: rows.dropped }) } else { Ok(rows) }
    }

    /// Adds a row, or counts it as left out.
    fn add(
        &mut self,
        line: u64,
        record: &StringRecord,
        places: &[usize],
        missing: Missing,
    ) -> Result<(), CsvFault> {
        let cells = || places.iter().map(|place| record.get(*place).unwrap_or_default());
        if missing == Missing::DropRow && cells().any(|text| NO_VALUE.contains(&text)) {
            self.dropped += 1;
            return Ok(());
        }
        for (column, text) in self.columns.iter_mut().zip(cells()) {
            let kept = column.kept(line, text, missing)?;
            column.cells.push(Cell { line, kept });
        }
        Ok(())
    }

    /// What the columns' cells stand for.
    pub fn columns(self, known: Option<&CsvData>, missing: Missing) -> Result<Vec<Column>, CsvFault> {
        self.columns.into_iter().map(|cells| Column::of(cells, known, missing)).collect()
    }
}

impl Cells {
    /// What a cell holds for this column.
    fn kept(&self, line: u64, text: &str, missing: Missing) -> Result<Kept, CsvFault> {
        if NO_VALUE.contains(&text) {
            let is_filled = self.used == Use::Number && !matches!(missing, Missing::Refuse);
            return if is_filled { Ok(Kept::Nothing) } else { Err(self.no_value(line, text, missing)) };
        }
        match self.used {
            Use::OneHot | Use::Integer | Use::Class => Ok(Kept::Text(text.into())),
            Use::Number | Use::Target => match text.parse::<f32>() {
                Ok(number) if number.is_finite() => Ok(Kept::Number(number)),
                _ => Err(CsvFault::Number { line, column: self.name.clone(), text: text.into() }),
            },
        }
    }

    fn no_value(&self, line: u64, text: &str, missing: Missing) -> CsvFault {
        let advice = match missing {
            Missing::Refuse => "fill it in, or choose what becomes of it with `missing`",
            _ => "only input numbers are filled in; leave such rows out with `Missing::DropRow`",
        };
        CsvFault::Missing { line, column: self.name.clone(), text: text.into(), advice }
    }
}

/// Where the wanted columns stand.
fn places(header: &StringRecord, wanted: &[(String, Use)]) -> Result<Vec<usize>, CsvFault> {
    let place = |(column, _): &(String, Use)| {
        let mut found = header.iter().enumerate().filter(|(_, name)| name == column).map(|(place, _)| place);
        match (found.next(), found.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) => {
                let why = "is there twice; give each column a name of its own";
                Err(CsvFault::Column { column: column.clone(), why })
            }
            (None, _) => {
                let known = header.iter().map(str::to_string).collect();
                Err(CsvFault::NoColumn { column: column.clone(), known })
            }
        }
    };
    wanted.iter().map(place).collect()
}

/// The fault of a record that begins on this line.
fn fault(error: csv::Error, line: u64) -> CsvFault {
    let why = error.to_string();
    match error.into_kind() {
        ErrorKind::Io(source) => CsvFault::Read { source },
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            CsvFault::Cells { line, found: len, expected: expected_len }
        }
        ErrorKind::Utf8 { err, .. } => CsvFault::Format { why: format!("line {line}: {err}") },
        _ => CsvFault::Format { why },
    }
}
