//! The cells of the columns that are used.

use std::fs::File;

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};

use super::column::{Column, Kept};
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
        let mut reader = ReaderBuilder::new().delimiter(delimiter).trim(Trim::All).from_reader(file);
        let places = places(reader.headers().map_err(fault)?, wanted)?;
        let empty = |(name, used): &(String, Use)| Cells { name: name.clone(), used: *used, cells: vec![] };
        let mut rows = Self { columns: wanted.iter().map(empty).collect(), dropped: 0 };
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(fault)? {
            rows.add(&record, &places, missing)?;
        }
        let is_empty = rows.columns.iter().all(|column| column.cells.is_empty());
        if is_empty { Err(CsvFault::NoRow { dropped: rows.dropped }) } else { Ok(rows) }
    }

    /// Adds a row, or counts it as left out.
    fn add(&mut self, record: &StringRecord, places: &[usize], missing: Missing) -> Result<(), CsvFault> {
        let line = record.position().map_or(0, csv::Position::line);
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

fn fault(error: csv::Error) -> CsvFault {
    let why = error.to_string();
    match error.into_kind() {
        ErrorKind::Io(source) => CsvFault::Read { source },
        ErrorKind::UnequalLengths { pos: Some(place), expected_len, len } => {
            CsvFault::Cells { line: place.line(), found: len, expected: expected_len }
        }
        _ => CsvFault::Format { why },
    }
}
