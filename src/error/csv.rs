//! What can be wrong with a CSV file.

/// What can be wrong with a CSV file; [`Error::Csv`](crate::Error::Csv) says in which.
///
/// ```
/// use wgrad::Error;
/// use wgrad::data::{CsvFault, CsvTable};
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), "area,price\n40,200\nfifty,250\n")?;
/// match CsvTable::open(file.path())?.inputs(["area"]).target("price").read() {
///     Err(Error::Csv { fault: CsvFault::Number { line, text, .. }, .. }) => {
///         assert_eq!((line, text.as_str()), (3, "fifty"));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsvFault {
    /// A file that the system does not give.
    #[error("cannot be read: {source}; check the name and its permissions")]
    Read {
        /// The system's reason.
        source: std::io::Error,
    },
    /// Text that is no table.
    #[error("is no table of separated values: {why}; save it as CSV in UTF-8")]
    Format {
        /// What is wrong, and where.
        why: String,
    },
    /// A line with more or fewer cells than the header.
    #[error(
        "line {line} has {found} cells, and the header has {expected}; look for a missing quote or separator"
    )]
    Cells {
        /// The line, the header being 1.
        line: u64,
        /// Its cells.
        found: u64,
        /// The header's.
        expected: u64,
    },
    /// A quoted cell that does not end before a separator, a line's end or the file's: rows behind it would be lost.
    #[error(
        "line {line}: a quoted cell begins and does not end as it must; add the missing quote, or double a quote in the cell"
    )]
    Quote {
        /// The line on which the cell begins, the header being 1.
        line: u64,
    },
    /// A column that is not there.
    #[error("has no column {column:?}; it has {}", known.join(", "))]
    NoColumn {
        /// The column.
        column: String,
        /// The columns that there are.
        known: Vec<String>,
    },
    /// A column that cannot be used as asked: one that is there twice, is asked for twice, or is unknown to the other table.
    #[error("column {column:?} {why}")]
    Column {
        /// The column.
        column: String,
        /// What is wrong, and what to do.
        why: &'static str,
    },
    /// Columns that make no dataset.
    #[error("makes no dataset: {why}")]
    Choice {
        /// What is missing, and what to do.
        why: &'static str,
    },
    /// A cell that is no number.
    #[error(
        "line {line}, column {column:?}: {text:?} is no finite number; correct it, or read the column as a category"
    )]
    Number {
        /// The line, the header being 1.
        line: u64,
        /// The column.
        column: String,
        /// The cell.
        text: String,
    },
    /// A cell without a value.
    #[error("line {line}, column {column:?}: {text:?} is a missing value; {advice}")]
    Missing {
        /// The line, the header being 1.
        line: u64,
        /// The column.
        column: String,
        /// The cell.
        text: String,
        /// What to do.
        advice: &'static str,
    },
    /// A class that the table read before does not have.
    #[error("line {line}, column {column:?}: {text:?} is none of the known classes, {}", known.join(", "))]
    Class {
        /// The line, the header being 1.
        line: u64,
        /// The column.
        column: String,
        /// The cell.
        text: String,
        /// The known classes.
        known: Vec<String>,
    },
    /// A column whose mean is asked for, and that has no value.
    #[error("column {column:?} has no value, and so no mean; leave the column out, or give a number")]
    NoMean {
        /// The column.
        column: String,
    },
    /// A table without a row that can be used.
    #[error("has no row to use, and {dropped} with missing values; give at least one whole row")]
    NoRow {
        /// Rows that were dropped.
        dropped: usize,
    },
}
