//! Losses over the epochs of a training.

use std::path::Path;

use plotters::prelude::*;

use super::ReportError;
use super::axis::Axis;
use super::canvas::{Area, Drawn, MARGIN, PX};
use super::chart::{COLORS, Plot, draw_axes, write_chart};

/// Most series in one chart: as many as there are colours that everyone can tell apart on white.
pub const MAX_SERIES: usize = COLORS.len();

/// Losses of a larger size than this are left out, as infinite ones are.
pub const MAX_LOSS: f64 = 1e100;

const WIDTH: i32 = 560 * PX;
/// Without the legend.
const HEIGHT: i32 = 380 * PX;
/// Up to this many epochs each value is marked with a dot.
const MARKED_EPOCHS: usize = 40;

/// A line of more epochs goes through about so many of them: there are no more pixels to tell them apart.
const MOST_POINTS: usize = 1000;

/// The finite values of a series: epoch and loss.
type Points = Vec<(usize, f64)>;

/// Draws losses over the epochs 1, 2, … as an SVG line chart, one line with its name and colour per series.
///
/// Of a line of more than 1000 epochs every n-th is drawn, and the last.
/// The loss axis is logarithmic when all values are positive and span more than 1.5 decades. Values that are
/// not finite or beyond ±[`MAX_LOSS`] are left out, and the line is broken there. Series may differ in length.
///
/// # Errors
///
/// [`ReportError::SeriesCount`] for no series or more than [`MAX_SERIES`], [`ReportError::NoValues`] for one
/// without a value to draw, [`ReportError::Write`] when the file cannot be written.
///
/// ```
/// use wgrad::report::loss_curve;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("loss.svg");
/// loss_curve(&path, "Digits", &[("train", &[0.9, 0.4, 0.2]), ("test", &[0.8, 0.5, 0.3])])?;
/// assert!(std::fs::read_to_string(&path)?.contains("train"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn loss_curve(path: impl AsRef<Path>, title: &str, series: &[(&str, &[f64])]) -> Result<(), ReportError> {
    let path = path.as_ref();
    if series.is_empty() || series.len() > MAX_SERIES {
        return Err(ReportError::SeriesCount {
            path: path.to_owned(),
            found: series.len(),
            limit: MAX_SERIES,
        });
    }
    let lines = series.iter().map(|&named| finite(path, named)).collect::<Result<Vec<_>, _>>()?;
    let names = series.iter().map(|&(name, _)| name).zip(COLORS);
    let chart = Chart::new(lines, series.iter().map(|(_, values)| values.len()).max().unwrap_or(0));
    write_chart(path, (WIDTH, HEIGHT), title, names, |area, top| {
        chart.draw(&area.margin(top, 16 * PX, MARGIN, MARGIN))
    })
}

/// The epochs and losses of a series that can be drawn.
fn finite(path: &Path, (name, values): (&str, &[f64])) -> Result<Points, ReportError> {
    let points: Points =
        (1..).zip(values.iter().copied()).filter(|(_, loss)| loss.abs() <= MAX_LOSS).collect();
    if points.is_empty() {
        let (path, series, found) = (path.to_owned(), name.to_owned(), values.len());
        return Err(ReportError::NoValues { path, series, found });
    }
    Ok(points)
}

/// The lines with the axes they are drawn between.
struct Chart {
    lines: Vec<Points>,
    epochs: Axis,
    losses: Axis,
    marked: bool,
}

impl Chart {
    fn new(lines: Vec<Points>, epochs: usize) -> Self {
        let losses = || lines.iter().flatten().map(|&(_, loss)| loss);
        let (low, high) = (losses().fold(f64::MAX, f64::min), losses().fold(f64::MIN, f64::max));
        let (epochs, marked) = (Axis::epochs(epochs), epochs <= MARKED_EPOCHS);
        Self { losses: Axis::values(low, high), lines, epochs, marked }
    }

    fn draw(self, area: &Area) -> Drawn {
        draw_axes(area, (self.epochs, self.losses), ["epoch", "loss"], false, |plot| {
            self.lines.iter().zip(COLORS).try_for_each(|(points, color)| {
                unbroken(points).try_for_each(|run| draw_run(plot, run, color, self.marked))
            })
        })
    }
}

/// Draws the losses of successive epochs as a line, and a lone or `marked` one as a dot.
fn draw_run(plot: &Plot, run: &[(usize, f64)], color: RGBColor, marked: bool) -> Drawn {
    let every = run.len().div_ceil(MOST_POINTS);
    let shown = run.iter().enumerate().filter(|(number, _)| number % every == 0 || number + 1 == run.len());
    let places: Vec<_> = shown.map(|(_, &(epoch, loss))| (epoch as f64, loss)).collect();
    if marked || run.len() == 1 {
        places.iter().try_for_each(|&place| plot.draw(&Circle::new(place, 7 * PX / 2, color.filled())))?;
    }
    if run.len() > 1 {
        plot.draw(&PathElement::new(places, color.stroke_width(2 * PX as u32)))
    } else {
        Ok(())
    }
}

/// The runs of points whose epochs follow each other without a gap.
fn unbroken(points: &Points) -> impl Iterator<Item = &[(usize, f64)]> {
    points.chunk_by(|(before, _), (after, _)| before + 1 == *after)
}
