//! An SVG to draw on.

use std::io;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::ReportError;
use crate::file::whole_file;

/// A part of the picture, with units of 1 / [`PX`] pixels for coordinates.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Units of the drawing per pixel: all is drawn at whole units, and whole pixels would make a curve uneven.
pub(super) const PX: i32 = 4;

/// White around everything.
pub(super) const MARGIN: i32 = 24 * PX;

/// What every drawing step returns.
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// Writes an SVG of `width` × `height` units that `draw` fills.
pub(super) fn write_svg(
    path: &Path,
    (width, height): (i32, i32),
    draw: impl FnOnce(&Area) -> Drawn,
) -> Result<(), ReportError> {
    let mut svg = String::new();
    render(&mut svg, (width.unsigned_abs(), height.unsigned_abs()), draw)
        .map_err(|source| ReportError::Draw { path: path.to_owned(), source: Box::new(source) })?;
    whole_file::write(path, shown_at_pixels(&svg, (width, height)).as_bytes())
        .map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

fn render(svg: &mut String, size: (u32, u32), draw: impl FnOnce(&Area) -> Drawn) -> Drawn {
    let area = SVGBackend::with_string(svg, size).into_drawing_area();
    area.fill(&WHITE)?;
    draw(&area)?;
    area.present()
}

/// The drawing with its size told in pixels; its `viewBox` stays in units. Rectangles stand next to each other without
/// the seams that smooth edges would leave.
fn shown_at_pixels(svg: &str, (width, height): (i32, i32)) -> String {
    let size = |unit: i32| format!("width=\"{}\" height=\"{}\"", width / unit, height / unit);
    svg.replacen(&size(1), &size(PX), 1).replace("<rect ", "<rect shape-rendering=\"crispEdges\" ")
}
