//! A column's numbers and classes.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::Cells;
use super::{CsvData, Missing, Use};
use crate::error::csv::CsvFault;

/// What a cell holds.
pub(super) enum Kept {
    Number(f32),
    Text(String),
    /// A value that is missing and will be filled in.
    Nothing,
}

/// A column as a dataset takes it.
pub(super) struct Column {
    pub name: String,
    pub used: Use,
    pub classes: Option<Vec<String>>,
    /// What stands for missing values, where that is the mean.
    pub mean: Option<f32>,
    values: Values,
}

enum Values {
    Numbers(Vec<f32>),
    Classes(Vec<u32>),
}

impl Column {
    pub(super) fn of(cells: Cells, known: Option<&CsvData>, missing: Missing) -> Result<Self, CsvFault> {
        match cells.used {
            Use::Number | Use::Target => Self::of_numbers(cells, known, missing),
            Use::OneHot | Use::Integer | Use::Class => Self::of_classes(cells, known),
        }
    }

    fn of_numbers(cells: Cells, known: Option<&CsvData>, missing: Missing) -> Result<Self, CsvFault> {
        let Cells { name, used, cells } = cells;
        let mean = match missing {
            Missing::Mean if used == Use::Number => {
                let mean = match known {
                    Some(known) => known.means.get(&name).copied().ok_or_else(|| {
                        let why = "has no mean in the table that this one is read like; read that with `Missing::Mean`";
                        CsvFault::Column { column: name.clone(), why }
                    }),
                    None => mean(cells.iter().filter_map(|cell| cell.kept.number()))
                        .ok_or_else(|| CsvFault::NoMean { column: name.clone() }),
                };
                Some(mean?)
            }
            _ => None,
        };
        let fill = match missing {
            Missing::Number(number) => number,
            _ => mean.unwrap_or_default(),
        };
        let numbers = cells.iter().map(|cell| cell.kept.number().unwrap_or(fill)).collect();
        Ok(Self { name, used, classes: None, mean, values: Values::Numbers(numbers) })
    }

    fn of_classes(cells: Cells, known: Option<&CsvData>) -> Result<Self, CsvFault> {
        let Cells { name, used, cells } = cells;
        let texts = || cells.iter().filter_map(|cell| cell.kept.text());
        let classes = match known {
            Some(known) => known.classes.get(&name).cloned().ok_or_else(|| {
                let why = "has no classes in the table that this one is read like; choose it there as well";
                CsvFault::Column { column: name.clone(), why }
            })?,
            None => sorted(texts()),
        };
        let places: BTreeMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
        let numbers = cells.iter().zip(texts()).map(|(cell, text)| {
            places.get(text).copied().ok_or_else(|| {
                let (column, known) = (name.clone(), classes.clone());
                CsvFault::Class { line: cell.line, column, text: text.into(), known }
            })
        });
        let values = Values::Classes(numbers.collect::<Result<_, _>>()?);
        Ok(Self { name, used, classes: Some(classes), mean: None, values })
    }

    /// Rows.
    pub(super) fn len(&self) -> usize {
        match &self.values {
            Values::Numbers(numbers) => numbers.len(),
            Values::Classes(classes) => classes.len(),
        }
    }

    /// Numbers for each row.
    pub(super) fn width(&self) -> usize {
        self.classes.as_ref().map_or(1, Vec::len)
    }

    /// Adds a row's numbers: the number, or 1 in the place of its class.
    pub(super) fn write(&self, row: usize, numbers: &mut Vec<f32>) {
        match &self.values {
            Values::Numbers(values) => numbers.push(values[row]),
            Values::Classes(classes) => {
                let own = classes[row] as usize;
                numbers.extend((0..self.width()).map(|class| if class == own { 1.0 } else { 0.0 }));
            }
        }
    }

    /// The class of each row.
    pub(super) fn labels(&self) -> Vec<u32> {
        match &self.values {
            Values::Numbers(_) => Vec::new(),
            Values::Classes(classes) => classes.clone(),
        }
    }
}

impl Kept {
    fn number(&self) -> Option<f32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) | Self::Nothing => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Nothing => None,
        }
    }
}

fn mean(numbers: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, count) =
        numbers.fold((0.0, 0.0), |(sum, count), number| (sum + f64::from(number), count + 1.0));
    (count > 0.0).then(|| (sum / count) as f32)
}

/// Each text once: by number where all are integers, else by text.
fn sorted<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut classes: Vec<_> = texts.collect::<BTreeSet<_>>().into_iter().map(str::to_string).collect();
    let numbers: Option<Vec<i64>> = classes.iter().map(|class| class.parse().ok()).collect();
    if numbers.is_some() {
        classes.sort_by_cached_key(|class| class.parse::<i64>().ok());
    }
    classes
}
