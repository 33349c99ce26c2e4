//! How well predicted class labels agree with the true ones.

use std::fmt;

use ndarray::Array2;

use super::MetricsError;
use super::confusion::Confusion;

/// Precision, recall and F1, of one class or averaged over classes. A ratio 0/0 counts as 0.
///
/// ```
/// use wgrad::metrics::ClassReport;
///
/// let report = ClassReport::new(&[3, 3, 5], &[3, 5, 5])?;
/// let scores = report.macro_average();
/// assert_eq!((scores.precision, scores.recall), (0.75, 0.75));
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// Of the rows predicted to be of the class, the share that is: `TP / (TP + FP)`.
    pub precision: f64,
    /// Of the rows of the class, the share predicted so: `TP / (TP + FN)`.
    pub recall: f64,
    /// The harmonic mean of both: `2 TP / (2 TP + FP + FN)`.
    pub f1: f64,
}

/// One class of a [`ClassReport`].
///
/// ```
/// use wgrad::metrics::ClassReport;
///
/// let report = ClassReport::new(&[3, 3, 5], &[3, 5, 5])?;
/// let first = report.classes()[0];
/// assert_eq!((first.class, first.support, first.scores.recall), (3, 2, 0.5));
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ClassScores {
    /// The label.
    pub class: u32,
    /// Precision, recall and F1.
    pub scores: Scores,
    /// Rows that are truly of the class.
    pub support: u64,
}

/// Accuracy, confusion matrix and the scores of every class; [`fmt::Display`] prints them as a table.
///
/// The definitions are those of Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008,
/// chapters 8 and 13.
///
/// ```
/// use wgrad::metrics::ClassReport;
///
/// let report = ClassReport::new(&[3, 3, 5, 5], &[3, 5, 5, 5])?;
/// assert_eq!(report.accuracy(), 0.75);
/// assert_eq!(report.confusion()[[0, 1]], 1); // one 3 was taken for a 5
/// println!("{report}\n\n{}", report.confusion_table());
/// let report = report.named(|class| if class == 3 { "bird".into() } else { "dog".into() });
/// assert!(report.confusion_table().contains("dog"));
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassReport {
    confusion: Confusion,
    /// Its matrix, of whole rows.
    counts: Array2<u64>,
    classes: Vec<ClassScores>,
    /// What tables call the classes.
    names: Vec<String>,
}

impl ClassReport {
    /// Counts agreements and confusions, row by row.
    ///
    /// The classes are all labels that occur in `truth` or `predicted`, in ascending order.
    ///
    /// # Errors
    /// [`MetricsError`] if there are no labels, more of one kind than of the other, or over 1000 different ones.
    pub fn new(truth: &[u32], predicted: &[u32]) -> Result<Self, MetricsError> {
        if truth.len() != predicted.len() {
            return Err(MetricsError::Length { truth: truth.len(), predicted: predicted.len() });
        }
        let confusion = Confusion::new(truth, predicted, |_| 1.0)?;
        let class = |(place, class): (usize, &u32)| ClassScores {
            class: *class,
            scores: confusion.scores(place),
            support: confusion.support(place) as u64,
        };
        let classes = confusion.labels.iter().enumerate().map(class).collect();
        let names = confusion.labels.iter().map(u32::to_string).collect();
        Ok(Self { names, counts: confusion.matrix.mapv(|count| count as u64), confusion, classes })
    }

    /// The same, with tables that call each class by a name in the place of its label.
    pub fn named(self, name: impl Fn(u32) -> String) -> Self {
        Self { names: self.classes.iter().map(|class| name(class.class)).collect(), ..self }
    }

    /// What tables call the classes, in the order of [`ClassReport::classes`].
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The share of rows predicted correctly.
    pub fn accuracy(&self) -> f64 {
        self.confusion.accuracy()
    }

    /// How often a class (row) was predicted to be each class (column), classes in the order of
    /// [`ClassReport::classes`].
    pub fn confusion(&self) -> &Array2<u64> {
        &self.counts
    }

    /// The scores of every class, labels ascending.
    pub fn classes(&self) -> &[ClassScores] {
        &self.classes
    }

    /// The plain mean of the classes' scores: every class counts the same.
    pub fn macro_average(&self) -> Scores {
        self.confusion.average(|_| 1.0)
    }

    /// The mean of the classes' scores weighted by their support: every row counts the same.
    pub fn weighted_average(&self) -> Scores {
        self.confusion.average(|place| self.confusion.support(place))
    }

    /// The confusion matrix as an aligned text table, true classes down, predicted ones across.
    pub fn confusion_table(&self) -> String {
        let cells: Vec<Vec<String>> =
            self.counts.outer_iter().map(|row| row.iter().map(u64::to_string).collect()).collect();
        let width = longest(cells.iter().flatten().chain(&self.names)) + 2;
        let corner = "true \\ predicted";
        let head_width = longest(&self.names).max(corner.len());
        let line = |head: &str, cells: &[String]| {
            let cells: String = cells.iter().map(|cell| format!("{cell:>width$}")).collect();
            format!("{head:>head_width$}{cells}")
        };
        let rows = self.names.iter().zip(&cells).map(|(label, cells)| line(label, cells));
        std::iter::once(line(corner, &self.names)).chain(rows).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for ClassReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.counts.sum();
        let width = longest(&self.names).max(14);
        writeln!(f, "{:>width$}  precision     recall         f1    support\n", "class")?;
        for (class, name) in self.classes.iter().zip(&self.names) {
            write_scores(f, width, name, class.scores, class.support)?;
        }
        writeln!(f, "\n{:>width$}  {:>9}  {:>9}  {:>9.4}  {total:>9}", "accuracy", "", "", self.accuracy())?;
        write_scores(f, width, "macro avg", self.macro_average(), total)?;
        write_scores(f, width, "weighted avg", self.weighted_average(), total)
    }
}

/// The letters of the longest name.
fn longest<'n>(names: impl IntoIterator<Item = &'n String>) -> usize {
    names.into_iter().map(|name| name.chars().count()).max().unwrap_or(0)
}

fn write_scores(
    f: &mut fmt::Formatter<'_>,
    width: usize,
    name: &str,
    scores: Scores,
    support: u64,
) -> fmt::Result {
    let Scores { precision, recall, f1 } = scores;
    writeln!(f, "{name:>width$}  {precision:>9.4}  {recall:>9.4}  {f1:>9.4}  {support:>9}")
}
