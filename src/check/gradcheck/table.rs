//! What a gradient check has found, a row for each parameter.

use std::fmt;

/// The largest relative difference that counts as none.
pub const BOUND: f64 = 1e-8;

/// What [`gradcheck`](super::gradcheck()) has found; `Display` prints it as a table.
///
/// ```
/// # use wgrad::ndarray::array;
/// # use wgrad::layers::{Dense, Tanh};
/// # use wgrad::{Dataset, Sequential, losses};
/// # let net = Sequential::new([2]).add(Dense::new(3)).add(Tanh).add(Dense::new(1));
/// # let data = Dataset::regression(array![[0.5, -1.0], [1.5, 0.3]].view(), array![[0.0], [1.0]].view())?;
/// use wgrad::gradcheck::{BOUND, gradcheck};
///
/// let check = gradcheck(&net, losses::MeanSquaredError, &data, 0)?;
/// for row in check.failures() {
///     println!("{}: {} and not {}", row.name, row.analytical, row.numerical);
/// }
/// assert!(check.passes() && check.relative() < BOUND);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use = "it says whether the derivatives are right"]
pub struct GradCheck {
    /// A row for each parameter, and one for the inputs.
    pub rows: Vec<Row>,
    /// Real inputs of an op that it has no derivative by: targets and labels.
    pub constants: Vec<String>,
}

/// The gradient with respect to one parameter, in a [`GradCheck`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The parameter's name.
    pub name: String,
    /// Its shape.
    pub shape: [usize; 2],
    /// Elements that were compared.
    pub compared: usize,
    /// Elements that differences cannot judge: those at a kink, or lost in the rounding of the loss.
    pub unclear: usize,
    /// The largest `|a - n|`, `a` being the analytical and `n` the numerical derivative.
    pub absolute: f64,
    /// The largest `|a - n| / max(|a|, |n|, 10⁻² m)`, `m` being the largest `|a|` or `|n|` of the row.
    pub relative: f64,
    /// Row and column of the element that differs most, relatively.
    pub at: [usize; 2],
    /// The derivative there as the tape gives it.
    pub analytical: f64,
    /// The derivative there as differences give it.
    pub numerical: f64,
    /// The largest difference from the gradient of another backend in `f32`, relative to `m`, if one was asked.
    pub device: Option<f64>,
}

impl Row {
    pub(super) fn new(name: &str, shape: [usize; 2]) -> Self {
        Self {
            name: name.into(),
            shape,
            compared: 0,
            unclear: 0,
            absolute: 0.0,
            relative: 0.0,
            at: [0, 0],
            analytical: 0.0,
            numerical: 0.0,
            device: None,
        }
    }

    /// Takes the element `at` into account, whose difference counts relative to `scale`.
    pub(super) fn compare(&mut self, at: [usize; 2], analytical: f64, numerical: f64, scale: f64) {
        let absolute = (analytical - numerical).abs();
        let relative = if absolute == 0.0 { 0.0 } else { absolute / scale };
        // What is not a number differs from everything.
        let finite = |difference: f64| if difference.is_nan() { f64::INFINITY } else { difference };
        self.absolute = self.absolute.max(finite(absolute));
        if self.compared == 0 || finite(relative) > self.relative {
            self.relative = finite(relative);
            (self.at, self.analytical, self.numerical) = (at, analytical, numerical);
        }
        self.compared += 1;
    }

    /// Whether nothing differs by more than [`BOUND`], and at least one element in ten could be compared.
    pub fn passes(&self) -> bool {
        self.relative <= BOUND && self.judged()
    }

    fn judged(&self) -> bool {
        10 * self.compared >= self.compared + self.unclear
    }
}

impl GradCheck {
    /// Whether every row passes; what has no row has nothing to be wrong.
    pub fn passes(&self) -> bool {
        self.rows.iter().all(Row::passes)
    }

    /// The rows that do not pass.
    pub fn failures(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.passes())
    }

    /// Elements of all rows that could not be judged.
    pub fn unclear(&self) -> usize {
        self.rows.iter().map(|row| row.unclear).sum()
    }

    /// The largest relative difference of all rows.
    pub fn relative(&self) -> f64 {
        self.rows.iter().map(|row| row.relative).fold(0.0, f64::max)
    }
}

impl fmt::Display for GradCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(9);
        let line = |name: &str, [shape, compared, absolute, relative, device]: [&str; 5]| {
            let line =
                format!("{name:<width$} {shape:>9} {compared:>12} {absolute:>14} {relative:>9} {device:>12}");
            line.trim_end().to_string()
        };
        let beside = self.rows.iter().any(|row| row.device.is_some());
        let device = if beside { "device, f32" } else { "" };
        let mut lines = vec![line("parameter", ["shape", "compared", "largest |a-n|", "relative", device])];
        for row in &self.rows {
            let [rows, cols] = row.shape;
            let compared = format!("{} of {}", row.compared, row.compared + row.unclear);
            let [absolute, relative] = [row.absolute, row.relative].map(|value| format!("{value:.1e}"));
            let device = row.device.map_or_else(String::new, |value| format!("{value:.1e}"));
            lines
                .push(line(&row.name, [&format!("{rows}×{cols}"), &compared, &absolute, &relative, &device]));
        }
        if !self.constants.is_empty() {
            lines.push(format!("without a derivative: {}", self.constants.join(", ")));
        }
        lines.extend(self.failures().map(|row| Failure(row).to_string()));
        f.write_str(&lines.join("\n"))
    }
}

/// Why a row does not pass, in one line.
struct Failure<'a>(&'a Row);

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { name, compared, unclear, at: [row, col], analytical, numerical, .. } = self.0;
        if !self.0.judged() {
            return write!(f, "{name}: {unclear} of {} elements cannot be judged", compared + unclear);
        }
        write!(f, "{name}[{row}, {col}]: the tape gives {analytical:e}, differences give {numerical:e}")
    }
}
