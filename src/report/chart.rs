//! A title over names over axes, and the colours of what is drawn between them.

use std::path::Path;

use ndarray::ArrayView2;
use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::ReportError;
use super::axis::Axis;
use super::canvas::{Area, Drawn, MARGIN, PX, write_svg};
use super::legend::Legend;
use super::text::{DARK, GREY, LARGE, MEDIUM, SMALL, draw_title, fit, style, width};

/// The palette of Okabe and Ito, "Color universal design" (2008), without the yellow that is pale on white.
pub(super) const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// Where the names of what is drawn begin, under the title.
const LEGEND_TOP: i32 = 60 * PX;

/// Height of the numbers under the chart and of the title under them.
const X_HEIGHT: i32 = 58 * PX;
/// Room for the title beside the numbers.
const Y_TITLE: i32 = 44 * PX;
/// Length of the small lines beside the numbers.
const TICK: i32 = 5 * PX;

const GRID: RGBColor = RGBColor(228, 228, 228);
const AXIS: RGBColor = RGBColor(150, 150, 150);

/// The inside of the axes.
pub(super) type Plot<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<Axis, Axis>>;

/// Writes an SVG with a title and, under it, the names of what `draw` puts below the height that it is told; `size` is
/// without the names.
pub(super) fn write_chart<'a>(
    path: &Path,
    size: (i32, i32),
    title: &str,
    names: impl Iterator<Item = (&'a str, RGBColor)>,
    draw: impl FnOnce(&Area, i32) -> Drawn,
) -> Result<(), ReportError> {
    let room = size.0 - 2 * MARGIN;
    let legend = Legend::new(names, room);
    write_svg(path, (size.0, size.1 + legend.height()), |area| {
        draw_title(area, &fit(title, LARGE, room))?;
        legend.draw(area, (MARGIN, LEGEND_TOP))?;
        draw(area, LEGEND_TOP + legend.height() + 20 * PX)
    })
}

/// An error unless there are points of two coordinates, one for each of `labels`.
pub(super) fn check_points(path: &Path, points: ArrayView2<f32>, labels: usize) -> Result<(), ReportError> {
    let (rows, columns) = points.dim();
    if columns != 2 || rows != labels || rows == 0 {
        return Err(ReportError::PointsShape { path: path.to_owned(), rows, columns, labels });
    }
    check_finite(path, points)
}

/// An error with the place of the first value that is infinite or no number.
pub(super) fn check_finite(path: &Path, values: ArrayView2<f32>) -> Result<(), ReportError> {
    match values.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), &value)) => {
            Err(ReportError::NotFinite { path: path.to_owned(), row, column, value })
        }
        None => Ok(()),
    }
}

/// Draws the axes that fill `area`, their numbers and `titles`, then what `inside` puts between them.
pub(super) fn draw_axes(
    area: &Area,
    (x, y): (Axis, Axis),
    [x_title, y_title]: [&str; 2],
    vertical_lines: bool,
    inside: impl FnOnce(&Plot) -> Drawn,
) -> Drawn {
    let widest = y.ticks.iter().map(|tick| width(&tick.label, SMALL)).max().unwrap_or(0);
    let mut chart = ChartBuilder::on(area)
        .x_label_area_size(X_HEIGHT)
        .y_label_area_size(widest + Y_TITLE)
        .build_cartesian_2d(x, y)?;
    let mut mesh = chart.configure_mesh();
    if !vertical_lines {
        mesh.disable_x_mesh();
    }
    mesh.bold_line_style(GRID.stroke_width(PX as u32))
        .axis_style(AXIS.stroke_width(PX as u32))
        .set_all_tick_mark_size(TICK)
        .label_style(style(SMALL, GREY, HPos::Center))
        .axis_desc_style(style(MEDIUM, DARK, HPos::Center))
        .x_desc(x_title)
        .y_desc(y_title)
        .draw()?;
    inside(chart.plotting_area())
}
