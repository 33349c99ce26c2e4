//! Axes with their titles, and the colours of what is drawn between them.

use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::canvas::{Area, Drawn, PX};
use super::text::{DARK, GREY, MEDIUM, SMALL, style, width};

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
pub(super) const LEGEND_TOP: i32 = 60 * PX;

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
