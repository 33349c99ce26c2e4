//! Where a model of two inputs changes its mind.

use std::path::Path;

use ndarray::{ArrayView2, s};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::ReportError;
use super::axis::Axis;
use super::canvas::{Area, Drawn, MARGIN, PX};
use super::chart::{COLORS, Plot, check_finite, check_points, draw_axes, write_chart};
use super::heat::blend;
use super::text::{DARK, GREY, SMALL, style};

/// Steps of colour from 0 to 1.
const BANDS: i32 = 10;
/// What the boundary separates.
const HALF: f64 = 0.5;
/// How much of a class's colour the outermost band has.
const STRONGEST: f64 = 0.75;

const WIDTH: i32 = 560 * PX;
/// Without the legend.
const HEIGHT: i32 = 510 * PX;
/// Room beside the chart for the colours and their numbers.
const BAR_ROOM: i32 = 96 * PX;
const BAR_WIDTH: i32 = 16 * PX;
/// From the picture's lower edge to that of the colours: the numbers and title of the axis.
const BAR_BOTTOM: i32 = MARGIN + 58 * PX;
/// Half the width of a point, and of the white around it.
const RADIUS: i32 = 7 * PX;
const RING: i32 = 9 * PX;

/// Values over a plane: `values[i, j]` is the model's output at the `j`-th of evenly spaced places across and the
/// `i`-th upwards.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::report::{Field, ReportError, decision_boundary};
///
/// let (row, points) = (array![[0.0, 0.5, 1.0]], array![[0.0, 0.0]]);
/// let field = Field { x: [0.0, 1.0], y: [0.0, 1.0], values: row.view() };
/// let drawn = decision_boundary("or.svg", "OR", ["first", "second"], field, points.view(), &[false]);
/// assert!(matches!(drawn, Err(ReportError::FieldShape { rows: 1, columns: 3, .. }))); // one row is no plane
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// The first and the last place across.
    pub x: [f64; 2],
    /// The first and the last place upwards.
    pub y: [f64; 2],
    /// Outputs from 0 to 1, rows upwards.
    pub values: ArrayView2<'a, f32>,
}

/// Draws a model's output over the plane of its two inputs as an SVG filled contour of ten bands, the line where it is
/// 0.5, and labelled points in the colour of their target, 0 or 1.
///
/// # Shapes
///
/// `field.values` is `[rows, columns]` of 2 or more each; about 100 × 100 gives smooth lines. `points` is `[n, 2]` for
/// `n` targets.
///
/// # Errors
///
/// [`ReportError::FieldShape`] for too few values or sides that do not rise, [`ReportError::PointsShape`] for no
/// points or another shape, [`ReportError::NotFinite`] for a value that is not, [`ReportError::Write`] when the file
/// cannot be written.
///
/// ```
/// use wgrad::ndarray::{Array2, array};
/// use wgrad::report::{Field, decision_boundary};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("or.svg");
/// let values = Array2::from_shape_fn((50, 50), |(i, j)| ((i + j) as f32 / 98.0));
/// let field = Field { x: [0.0, 1.0], y: [0.0, 1.0], values: values.view() };
/// let corners = array![[0.0, 0.0], [1.0, 1.0]];
/// decision_boundary(&path, "OR", ["first", "second"], field, corners.view(), &[false, true])?;
/// assert!(std::fs::read_to_string(&path)?.contains("second"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decision_boundary(
    path: impl AsRef<Path>,
    title: &str,
    axes: [&str; 2],
    field: Field<'_>,
    points: ArrayView2<f32>,
    targets: &[bool],
) -> Result<(), ReportError> {
    let path = path.as_ref();
    check(path, &field, points, targets)?;
    let names = [("target 0", color_of(false)), ("target 1", color_of(true)), ("output 0.5", DARK)];
    let sides = (Axis::exact(field.x[0], field.x[1]), Axis::exact(field.y[0], field.y[1]));
    write_chart(path, (WIDTH, HEIGHT), title, names.into_iter(), |area, top| {
        draw_bar(area, top)?;
        draw_axes(&area.margin(top, MARGIN, MARGIN, BAR_ROOM), sides, axes, true, |plot| {
            field.draw_bands(plot)?;
            field.draw_boundary(plot)?;
            points.rows().into_iter().zip(targets).try_for_each(|(point, &target)| {
                let place = (f64::from(point[0]), f64::from(point[1]));
                plot.draw(&Circle::new(place, RING, WHITE.filled()))?;
                plot.draw(&Circle::new(place, RADIUS, color_of(target).filled()))
            })
        })
    })
}

fn check(path: &Path, field: &Field, points: ArrayView2<f32>, targets: &[bool]) -> Result<(), ReportError> {
    let ((rows, columns), Field { x, y, .. }) = (field.values.dim(), *field);
    if rows < 2 || columns < 2 || [x, y].iter().any(|[low, high]| !(high - low).is_normal() || low > high) {
        return Err(ReportError::FieldShape { path: path.to_owned(), rows, columns, x, y });
    }
    check_finite(path, field.values)?;
    check_points(path, points, targets.len())
}

fn color_of(target: bool) -> RGBColor {
    COLORS[usize::from(target)]
}

/// The colour of a band: from that of target 0 over white to that of target 1.
fn band_color(band: i32) -> RGBColor {
    let share = (f64::from(band) + 0.5) / f64::from(BANDS) * 2.0 - 1.0;
    blend(WHITE, color_of(share > 0.0), share.abs() * STRONGEST)
}

/// The band that an output is in.
fn band_of(value: f64) -> i32 {
    ((value * f64::from(BANDS)) as i32).clamp(0, BANDS - 1)
}

/// Draws the colours of the bands beside the chart.
fn draw_bar(area: &Area, top: i32) -> Drawn {
    let bottom = area.dim_in_pixel().1.cast_signed() - BAR_BOTTOM;
    let left = WIDTH - BAR_ROOM + 20 * PX;
    let height = |band: i32| bottom - (bottom - top) * band / BANDS;
    // Each piece reaches up to the top, so that no seam is seen between pieces.
    (0..BANDS).try_for_each(|band| {
        let corners = [(left, top), (left + BAR_WIDTH, height(band))];
        area.draw(&Rectangle::new(corners, band_color(band).filled()))
    })?;
    (0..=BANDS).step_by(2).try_for_each(|band| {
        let label = format!("{:.1}", f64::from(band) / f64::from(BANDS));
        let place = (left + BAR_WIDTH + 7 * PX, height(band));
        area.draw_text(&label, &style(SMALL, GREY, HPos::Left), place)
    })
}

impl Field<'_> {
    /// The place of a row and a column, which need not be whole.
    fn place(&self, row: f64, column: f64) -> (f64, f64) {
        let along = |[low, high]: [f64; 2], step: f64, count: usize| {
            low + (high - low) * (step / (count - 1) as f64).clamp(0.0, 1.0)
        };
        (along(self.x, column, self.values.ncols()), along(self.y, row, self.values.nrows()))
    }

    /// Draws each row's bands, all reaching to the right and to the top: what follows covers the rest without a seam.
    fn draw_bands(&self, plot: &Plot) -> Drawn {
        let end = (self.x[1], self.y[1]);
        (0..self.values.nrows()).try_for_each(|row| {
            self.band_starts(row).into_iter().try_for_each(|(column, band)| {
                let start = self.place(row as f64 - 0.5, column);
                plot.draw(&Rectangle::new([start, end], band_color(band).filled()))
            })
        })
    }

    /// Where along a row a band begins, and which.
    fn band_starts(&self, row: usize) -> Vec<(f64, i32)> {
        let values: Vec<f64> = self.values.row(row).iter().map(|&value| value.into()).collect();
        let mut starts = vec![(0.0, band_of(values[0]))];
        for (column, pair) in values.windows(2).enumerate() {
            let (from, to) = (band_of(pair[0]), band_of(pair[1]));
            let rising = to > from;
            for step in 1..=(to - from).abs() {
                let band = if rising { from + step } else { from - step };
                let level = f64::from(if rising { band } else { band + 1 }) / f64::from(BANDS);
                starts.push((column as f64 + crossing(pair[0], pair[1], level), band));
            }
        }
        starts
    }

    /// Draws the line where the output is 0.5, a piece for each cell between four values (marching squares).
    fn draw_boundary(&self, plot: &Plot) -> Drawn {
        let (rows, columns) = self.values.dim();
        let cells = (0..rows - 1).flat_map(|row| (0..columns - 1).map(move |column| (row, column)));
        for (row, column) in cells {
            for ends in self.crossings(row, column).chunks_exact(2) {
                plot.draw(&PathElement::new(ends.to_vec(), DARK.stroke_width(2 * PX as u32)))?;
            }
        }
        Ok(())
    }

    /// Where the line crosses the sides of a cell.
    fn crossings(&self, row: usize, column: usize) -> Vec<(f64, f64)> {
        let cell = self.values.slice(s![row..row + 2, column..column + 2]);
        let corners = [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)];
        let side = |pair: &[(usize, usize)]| {
            let [from, to] = [pair[0], pair[1]];
            let (low, high) = (f64::from(cell[from]), f64::from(cell[to]));
            let along = crossing(low, high, HALF);
            let between = |from: usize, to: usize| from as f64 + (to as f64 - from as f64) * along;
            ((low < HALF) != (high < HALF)).then(|| {
                self.place(row as f64 + between(from.0, to.0), column as f64 + between(from.1, to.1))
            })
        };
        corners.windows(2).filter_map(side).collect()
    }
}

/// How far from one value to another a level is passed, from 0 to 1.
fn crossing(from: f64, to: f64, level: f64) -> f64 {
    ((level - from) / (to - from)).clamp(0.0, 1.0)
}
