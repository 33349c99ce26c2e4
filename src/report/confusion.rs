//! How often each class is taken for each other.

use std::path::Path;

use ndarray::ArrayView2;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::ReportError;
use super::canvas::{Area, Drawn, MARGIN, PX, write_svg};
use super::heat;
use super::text::{DARK, GREY, LARGE, MEDIUM, SMALL, draw_title, fit, style, width};

/// Most classes in one matrix.
pub const MAX_CLASSES: usize = 100;

/// Height taken by the title.
const TITLE: i32 = 44 * PX;
/// Room for an axis title.
const AXIS_TITLE: i32 = 28 * PX;
/// Room between the cells and what is beside them.
const GAP: i32 = 10 * PX;
/// White line between cells.
const LINE: i32 = 2 * PX;
/// Least side of a cell, and of all cells together.
const LEAST_CELL: i32 = 46 * PX;
const LEAST_SIDE: i32 = 360 * PX;
/// Widest class label and title; longer ones are shortened.
const WIDEST_LABEL: i32 = 160 * PX;
const WIDEST_TITLE: i32 = 1200 * PX;

const BAR_WIDTH: i32 = 16 * PX;
/// Pieces of one colour that make up the scale.
const BAR_PIECES: i32 = 100;
/// Room beside the cells for the colour scale and its numbers.
const BAR_ROOM: i32 = 108 * PX;
const BAR_TICKS: [(f64, &str); 6] =
    [(0.0, "0 %"), (0.01, "1 %"), (0.1, "10 %"), (0.25, "25 %"), (0.5, "50 %"), (1.0, "100 %")];

/// Draws how often the class of a row (the truth) was predicted as the class of a column, as an SVG heat map.
///
/// Each cell holds its count `c[i, j]` and is coloured by its share `c[i, j] / Σₖ c[i, k]` of the row, on a
/// square-root scale that shows few mistakes beside many hits.
///
/// # Shapes
///
/// `counts` is `[n, n]` for `n` labels.
///
/// # Errors
///
/// [`ReportError::ClassCount`] for no label or more than [`MAX_CLASSES`], [`ReportError::CountsShape`] for
/// counts of another shape, [`ReportError::Write`] when the file cannot be written.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::report::confusion_matrix;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("pets.svg");
/// confusion_matrix(&path, "Pets", &["cat".into(), "dog".into()], array![[48, 2], [5, 45]].view())?;
/// assert!(std::fs::read_to_string(&path)?.contains("48"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn confusion_matrix(
    path: impl AsRef<Path>,
    title: &str,
    labels: &[String],
    counts: ArrayView2<u64>,
) -> Result<(), ReportError> {
    let path = path.as_ref();
    check(path, labels.len(), counts.dim())?;
    let matrix = Matrix::new(title, labels, counts);
    write_svg(path, matrix.size(), |area| matrix.draw(area))
}

fn check(path: &Path, labels: usize, (rows, columns): (usize, usize)) -> Result<(), ReportError> {
    let path = || path.to_owned();
    if labels == 0 || labels > MAX_CLASSES {
        return Err(ReportError::ClassCount { path: path(), found: labels, limit: MAX_CLASSES });
    }
    if (rows, columns) != (labels, labels) {
        return Err(ReportError::CountsShape { path: path(), rows, columns, labels });
    }
    Ok(())
}

/// The matrix with its texts, and the lengths that follow from these.
struct Matrix<'a> {
    title: String,
    labels: Vec<String>,
    counts: ArrayView2<'a, u64>,
    /// Width of the widest label.
    label: i32,
    /// Side of a cell.
    cell: i32,
    /// Left and upper edge of the cells.
    left: i32,
    top: i32,
}

impl<'a> Matrix<'a> {
    fn new(title: &str, labels: &[String], counts: ArrayView2<'a, u64>) -> Self {
        let labels: Vec<_> = labels.iter().map(|label| fit(label, SMALL, WIDEST_LABEL)).collect();
        let label = labels.iter().map(|label| width(label, SMALL)).max().unwrap_or(0);
        let count = counts.iter().map(|count| width(&count.to_string(), SMALL)).max().unwrap_or(0);
        Self {
            title: fit(title, LARGE, WIDEST_TITLE),
            label,
            cell: LEAST_CELL.max(count + GAP).max(LEAST_SIDE / labels.len() as i32),
            left: MARGIN + AXIS_TITLE + label + GAP,
            top: MARGIN + TITLE,
            labels,
            counts,
        }
    }

    /// Side of all cells together.
    fn side(&self) -> i32 {
        self.cell * self.labels.len() as i32
    }

    /// Whether the labels under the columns are turned to stand upright.
    fn turned(&self) -> bool {
        self.label > self.cell - GAP
    }

    /// Height taken by the labels under the columns.
    fn columns_height(&self) -> i32 {
        GAP + if self.turned() { self.label } else { SMALL as i32 }
    }

    fn size(&self) -> (i32, i32) {
        let wide = (self.left + self.side() + BAR_ROOM).max(2 * MARGIN + width(&self.title, LARGE));
        (wide, self.top + self.side() + self.columns_height() + AXIS_TITLE + MARGIN)
    }

    fn draw(&self, area: &Area) -> Drawn {
        draw_title(area, &self.title)?;
        self.draw_axis_titles(area)?;
        (0..).zip(&self.labels).try_for_each(|(class, label)| self.draw_label(area, class, label))?;
        (0..).zip(self.counts.rows()).try_for_each(|(row, counts)| {
            let total = counts.iter().map(|&count| count as f64).sum::<f64>().max(1.0);
            (0..)
                .zip(counts)
                .try_for_each(|(column, &count)| self.draw_cell(area, (row, column), count, total))
        })?;
        self.draw_bar(area)
    }

    fn draw_axis_titles(&self, area: &Area) -> Drawn {
        let style = style(MEDIUM, DARK, HPos::Center);
        let under = self.top + self.side() + self.columns_height() + AXIS_TITLE / 2 + GAP / 2;
        area.draw_text("predicted class", &style, (self.left + self.side() / 2, under))?;
        let beside = (MARGIN + 4 * PX, self.top + self.side() / 2);
        area.draw_text("true class", &style.transform(FontTransform::Rotate270), beside)
    }

    /// Writes the label of a class beside its row and under its column.
    fn draw_label(&self, area: &Area, class: i32, label: &str) -> Drawn {
        let middle = class * self.cell + self.cell / 2;
        let right = style(SMALL, GREY, HPos::Right);
        area.draw_text(label, &right, (self.left - GAP, self.top + middle))?;
        let (x, under) = (self.left + middle, self.top + self.side() + GAP);
        if self.turned() {
            return area.draw_text(label, &right.transform(FontTransform::Rotate270), (x, under));
        }
        area.draw_text(label, &style(SMALL, GREY, HPos::Center), (x, under + SMALL as i32 / 2))
    }

    fn draw_cell(&self, area: &Area, (row, column): (i32, i32), count: u64, total: f64) -> Drawn {
        let (x, y) = (self.left + column * self.cell, self.top + row * self.cell);
        let color = heat::color(heat::height(count as f64 / total));
        let ink = if count == 0 { GREY } else { heat::ink(color) };
        area.draw(&Rectangle::new([(x, y), (x + self.cell - LINE, y + self.cell - LINE)], color.filled()))?;
        let middle = (self.cell - LINE) / 2;
        area.draw_text(&count.to_string(), &style(SMALL, ink, HPos::Center), (x + middle, y + middle))
    }

    /// Draws the colour scale beside the cells.
    fn draw_bar(&self, area: &Area) -> Drawn {
        let (left, length) = (self.left + self.side() + 2 * GAP, self.side() - LINE);
        let bottom = self.top + length;
        // Each piece reaches up to the top, so that no seam is seen between pieces.
        (0..BAR_PIECES).try_for_each(|piece| {
            let color = heat::color(f64::from(piece) / f64::from(BAR_PIECES - 1));
            let corners = [(left, self.top), (left + BAR_WIDTH, bottom - length * piece / BAR_PIECES)];
            area.draw(&Rectangle::new(corners, color.filled()))
        })?;
        BAR_TICKS.into_iter().try_for_each(|(share, label)| {
            let y = bottom - (heat::height(share) * f64::from(length)).round() as i32;
            area.draw_text(label, &style(SMALL, GREY, HPos::Left), (left + BAR_WIDTH + GAP / 2 + 2 * PX, y))
        })
    }
}
