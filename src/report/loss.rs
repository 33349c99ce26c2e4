//! Losses over the epochs of a training.

use std::path::Path;

use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::ReportError;
use super::axis::Axis;
use super::canvas::{Area, Drawn, MARGIN, PX, write_svg};
use super::legend::Legend;
use super::text::{DARK, GREY, LARGE, MEDIUM, SMALL, draw_title, fit, style, width};

/// Most series in one chart: as many as there are colours that everyone can tell apart on white.
pub const MAX_SERIES: usize = COLORS.len();

/// Losses of a larger size than this are left out, as infinite ones are.
pub const MAX_LOSS: f64 = 1e100;

/// The palette of Okabe and Ito, "Color universal design" (2008), without the yellow that is pale on white.
const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

const WIDTH: i32 = 900 * PX;
/// Without the legend.
const HEIGHT: i32 = 520 * PX;
const LEGEND_TOP: i32 = 60 * PX;
/// Height of the epochs and of the title under them.
const EPOCHS_HEIGHT: i32 = 58 * PX;
/// Room for the title of the losses beside them.
const LOSS_TITLE: i32 = 44 * PX;
/// Length of the small lines beside the numbers.
const TICK: i32 = 5 * PX;
/// Up to this many epochs each value is marked with a dot.
const MARKED_EPOCHS: usize = 40;

const GRID: RGBColor = RGBColor(228, 228, 228);
const AXIS: RGBColor = RGBColor(150, 150, 150);

/// The finite values of a series: epoch and loss.
type Points = Vec<(usize, f64)>;

/// The inside of the axes.
type Plot<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<Axis, Axis>>;

/// Draws losses over the epochs 1, 2, … as an SVG line chart, one line with its name and colour per series.
///
/// The loss axis is logarithmic when all values are positive and span more than 1.5 decades. Values that are
/// not finite or beyond ±[`MAX_LOSS`] are left out, and the line is broken there. Series may differ in length.
///
/// # Errors
///
/// [`ReportError::SeriesCount`] for no series or more than [`MAX_SERIES`], [`ReportError::NoValues`] for one
/// without a value to draw, [`ReportError::Write`] when the file cannot be written.
///
/// ```no_run
/// # fn main() -> Result<(), wgrad::report::ReportError> {
/// let (train, test) = ([0.9, 0.4, 0.2], [0.8, 0.5, 0.3]);
/// wgrad::report::loss_curve("loss.svg", "Digits", &[("train", &train[..]), ("test", &test)])
/// # }
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
    let legend = Legend::new(series.iter().map(|&(name, _)| name).zip(COLORS), WIDTH - 2 * MARGIN);
    let chart = Chart::new(lines, series.iter().map(|(_, values)| values.len()).max().unwrap_or(0));
    write_svg(path, (WIDTH, HEIGHT + legend.height()), |area| {
        draw_title(area, &fit(title, LARGE, WIDTH - 2 * MARGIN))?;
        legend.draw(area, (MARGIN, LEGEND_TOP))?;
        chart.draw(&area.margin(LEGEND_TOP + legend.height() + 20 * PX, 16 * PX, MARGIN, MARGIN))
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
        let widest = self.losses.ticks.iter().map(|tick| width(&tick.label, SMALL)).max().unwrap_or(0);
        let mut chart = ChartBuilder::on(area)
            .x_label_area_size(EPOCHS_HEIGHT)
            .y_label_area_size(widest + LOSS_TITLE)
            .build_cartesian_2d(self.epochs, self.losses)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID.stroke_width(PX as u32))
            .axis_style(AXIS.stroke_width(PX as u32))
            .set_all_tick_mark_size(TICK)
            .label_style(style(SMALL, GREY, HPos::Center))
            .axis_desc_style(style(MEDIUM, DARK, HPos::Center))
            .x_desc("epoch")
            .y_desc("loss")
            .draw()?;
        let plot = chart.plotting_area();
        self.lines.iter().zip(COLORS).try_for_each(|(points, color)| {
            unbroken(points).try_for_each(|run| draw_run(plot, run, color, self.marked))
        })
    }
}

/// Draws the losses of successive epochs as a line, and a lone or `marked` one as a dot.
fn draw_run(plot: &Plot, run: &[(usize, f64)], color: RGBColor, marked: bool) -> Drawn {
    let places: Vec<_> = run.iter().map(|&(epoch, loss)| (epoch as f64, loss)).collect();
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
