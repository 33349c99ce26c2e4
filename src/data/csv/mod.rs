//! Tables of comma-separated values.

mod column;
mod lines;
mod rows;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::csv::CsvFault;
use crate::error::{Error, Result};
use crate::train::dataset::{Dataset, Samples, Targets};
use column::Column;
use rows::Rows;

/// What becomes of cells without a value: empty ones and `NA`, `N/A`, `NaN`, `nan`, `NULL`, `null` and `None`.
///
/// ```
/// use wgrad::data::{CsvTable, Missing};
///
/// # let file = tempfile::NamedTempFile::new()?;
/// # let path = file.path();
/// std::fs::write(path, "area,price\n40,200\n,250\n60,300\n")?;
/// let table = |missing| CsvTable::open(path)?.inputs(["area"]).target("price").missing(missing).read();
/// assert!(table(Missing::Refuse).is_err());
/// assert_eq!(table(Missing::Mean)?.dataset.inputs().to_array()[[1, 0]], 50.0);
/// assert_eq!(table(Missing::Number(0.0))?.dataset.inputs().to_array()[[1, 0]], 0.0);
/// assert_eq!((table(Missing::DropRow)?.dataset.len(), table(Missing::DropRow)?.dropped), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Missing {
    /// An error names the line and the column.
    #[default]
    Refuse,
    /// In columns of input numbers, the mean of the column's other values; an error in all others.
    Mean,
    /// In columns of input numbers, this number; an error in all others.
    Number(f32),
    /// The row is left out, and counted in [`CsvData::dropped`].
    DropRow,
}

/// Which columns of a CSV file make a dataset. The first line has the columns' names.
///
/// ```
/// use wgrad::data::CsvTable;
///
/// # let file = tempfile::NamedTempFile::new()?;
/// # let path = file.path();
/// std::fs::write(path, "area,rooms,town,price\n40,2,Ulm,200\n50,2,Bonn,250\n60,3,Ulm,300\n")?;
/// let houses = CsvTable::open(path)?.inputs(["area", "rooms"]).category("town").target("price").read()?;
/// assert_eq!(houses.classes["town"], ["Bonn", "Ulm"]);
/// // Area, rooms, and a column for each town.
/// let rows = houses.dataset.inputs().to_array();
/// assert_eq!(rows.row(0).to_vec(), [40.0, 2.0, 0.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "`read` makes a dataset of it"]
pub struct CsvTable<'k> {
    path: PathBuf,
    file: File,
    delimiter: u8,
    columns: Vec<(String, Use)>,
    missing: Missing,
    known: Option<&'k CsvData>,
}

/// The input that columns make together, where there are others.
const NUMBERS: &str = "numbers";

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Number,
    OneHot,
    Integer,
    Target,
    Class,
}

/// A dataset from a table, and what its numbers stand for.
///
/// ```
/// use wgrad::data::CsvTable;
/// use wgrad::dataset::Targets;
///
/// # let file = tempfile::NamedTempFile::new()?;
/// # let path = file.path();
/// std::fs::write(path, "length,kind\n1.5,setosa\n4.5,versicolor\n1.3,setosa\n")?;
/// let irises = CsvTable::open(path)?.inputs(["length"]).class("kind").read()?;
/// assert_eq!(irises.classes["kind"], ["setosa", "versicolor"]);
/// assert_eq!(*irises.dataset.targets(), Targets::Labels(vec![0, 1, 0]));
/// assert_eq!(irises.dropped, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CsvData {
    /// The samples and their targets.
    pub dataset: Dataset,
    /// The class names of each column of categories, in the order of their numbers.
    pub classes: BTreeMap<String, Vec<String>>,
    /// The means that stand for missing values, by column.
    pub means: BTreeMap<String, f32>,
    /// Rows left out because a value is missing.
    pub dropped: usize,
}

impl<'k> CsvTable<'k> {
    /// Opens a file.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| CsvFault::Read { source }.of(path))?;
        let (columns, missing) = (Vec::new(), Missing::default());
        Ok(Self { path: path.into(), file, delimiter: b',', columns, missing, known: None })
    }

    /// What separates cells, a comma by default: `b';'`, `b'\t'`.
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }

    /// Columns of numbers as inputs.
    pub fn inputs<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.columns.extend(names.into_iter().map(|name| (name.into(), Use::Number)));
        self
    }

    /// A column of categories as an input: a number for each class, 1 for the row's own and 0 for the others.
    pub fn category(self, name: impl Into<String>) -> Self {
        self.with(name, Use::OneHot)
    }

    /// A column of categories as an input of its own: the number of the class, for an
    /// [`Embedding`](crate::layers::Embedding). Of several inputs, it has the column's name, and other columns make one of
    /// the name `numbers`.
    pub fn category_integers(self, name: impl Into<String>) -> Self {
        self.with(name, Use::Integer)
    }

    /// A column of numbers as a target; several are the numbers of one target. Without a target the inputs are their own.
    pub fn target(self, name: impl Into<String>) -> Self {
        self.with(name, Use::Target)
    }

    /// A column of classes as the target.
    pub fn class(self, name: impl Into<String>) -> Self {
        self.with(name, Use::Class)
    }

    /// What becomes of cells without a value; an error by default.
    pub fn missing(self, missing: Missing) -> Self {
        Self { missing, ..self }
    }

    /// Numbers classes as another table does, and fills with its means: a test set as its training set. Columns of classes
    /// must be chosen there as well, and with [`Missing::Mean`] columns of numbers too.
    pub fn like(self, known: &'k CsvData) -> Self {
        Self { known: Some(known), ..self }
    }

    /// Reads the table.
    ///
    /// Classes are in the order of their text, or of their number where all are integers. Empty lines are no rows.
    ///
    /// # Errors
    /// A table that is not whole; columns that are not there; cells that are no number, or without a value. They
    /// are named by line and column.
    pub fn read(self) -> Result<CsvData> {
        let Self { path, file, delimiter, columns, missing, known } = self;
        let of_file = |fault: CsvFault| fault.of(&path);
        check_choice(&columns, missing).map_err(of_file)?;
        let rows = Rows::read(file, delimiter, &columns, missing).map_err(of_file)?;
        let dropped = rows.dropped;
        if dropped > 0 {
            log::info!("{}: {dropped} rows with missing values were left out", path.display());
        }
        let columns = rows.columns(known, missing).map_err(of_file)?;
        let mut data = CsvData {
            dataset: dataset(&columns, &path)?,
            classes: BTreeMap::new(),
            means: BTreeMap::new(),
            dropped,
        };
        for column in columns {
            data.means.extend(column.mean.map(|mean| (column.name.clone(), mean)));
            data.classes.extend(column.classes.map(|classes| (column.name, classes)));
        }
        Ok(data)
    }

    fn with(mut self, name: impl Into<String>, used: Use) -> Self {
        self.columns.push((name.into(), used));
        self
    }
}

/// An error unless there are inputs, targets of one kind, and each column once.
fn check_choice(columns: &[(String, Use)], missing: Missing) -> Result<(), CsvFault> {
    let count = |wanted: Use| columns.iter().filter(|(_, used)| *used == wanted).count();
    let choice = |why| Err(CsvFault::Choice { why });
    for (at, (column, _)) in columns.iter().enumerate() {
        if columns[..at].iter().any(|(before, _)| before == column) {
            let why = "is asked for twice; choose one use of it";
            return Err(CsvFault::Column { column: column.clone(), why });
        }
    }
    if columns.iter().any(|(name, used)| *used == Use::Integer && name == NUMBERS)
        && columns.iter().any(|(_, used)| matches!(used, Use::Number | Use::OneHot))
    {
        let why = "is an input of its own, and other columns make one of this name; rename it in the file";
        return Err(CsvFault::Column { column: NUMBERS.into(), why });
    }
    if matches!(missing, Missing::Number(number) if !number.is_finite()) {
        return choice("the number for missing values is not finite; choose another, or `Missing::Mean`");
    }
    match (
        count(Use::Number) + count(Use::OneHot) + count(Use::Integer),
        count(Use::Target),
        count(Use::Class),
    ) {
        (0, ..) => choice("no column is an input; choose some with `inputs` or `category`"),
        (_, 1.., 1..) => choice("numbers and classes are targets; choose `target` or `class`"),
        (.., 2..) => choice("several columns are classes; choose one with `class`"),
        _ => Ok(()),
    }
}

/// The inputs and targets that columns make.
fn dataset(columns: &[Column], path: &Path) -> Result<Dataset> {
    let of = |uses: &[Use]| columns.iter().filter(|column| uses.contains(&column.used)).collect::<Vec<_>>();
    let (numbers, integers) = (of(&[Use::Number, Use::OneHot]), of(&[Use::Integer]));
    let mut data = Dataset::builder();
    // A single input needs no name.
    let is_single = integers.len() + usize::from(!numbers.is_empty()) == 1;
    let named = |name: &str| if is_single { String::new() } else { name.to_string() };
    if !numbers.is_empty() {
        data = data.input(named(NUMBERS), beside(&numbers, path)?);
    }
    for column in &integers {
        data = data.input(named(&column.name), Samples::integers(column.labels(), [1])?);
    }
    let targets = match (of(&[Use::Target]), of(&[Use::Class])) {
        (_, classes) if !classes.is_empty() => Targets::Labels(classes[0].labels()),
        (numbers, _) if !numbers.is_empty() => beside(&numbers, path)?.into(),
        _ => Targets::Inputs,
    };
    data.target("", targets).build()
}

/// The numbers of columns, row by row.
fn beside(columns: &[&Column], path: &Path) -> Result<Samples> {
    let rows = columns.first().map_or(0, |column| column.len());
    let width = columns.iter().map(|column| column.width()).sum();
    let mut numbers = Vec::new();
    if numbers.try_reserve_exact(rows.saturating_mul(width)).is_err() {
        let why = "its categories make more numbers than memory can hold; choose `category_integers`";
        return Err(CsvFault::Choice { why }.of(path));
    }
    for row in 0..rows {
        columns.iter().for_each(|column| column.write(row, &mut numbers));
    }
    Samples::rows(numbers, width)
}

impl CsvFault {
    /// The error that also names the file.
    fn of(self, path: &Path) -> Error {
        Error::Csv { path: path.into(), fault: self }
    }
}
