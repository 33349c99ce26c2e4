//! A map of points in the plane, coloured by class.

use std::collections::BTreeSet;
use std::path::Path;

use ndarray::{ArrayView2, Axis as Side};
use plotters::prelude::*;

use super::ReportError;
use super::axis::Axis;
use super::canvas::{MARGIN, PX};
use super::chart::{check_points, draw_axes, write_chart};

/// Most classes in one map: as many as there are colours that everyone can tell apart on white.
pub const MAX_COLORS: usize = COLORS.len();

/// The "muted" scheme of Paul Tol, "Colour schemes" (SRON/EPS/TN/09-002, 2021), and black.
const COLORS: [RGBColor; 10] = [
    RGBColor(51, 34, 136),
    RGBColor(136, 204, 238),
    RGBColor(68, 170, 153),
    RGBColor(17, 119, 51),
    RGBColor(153, 153, 51),
    RGBColor(221, 204, 119),
    RGBColor(204, 102, 119),
    RGBColor(136, 34, 85),
    RGBColor(170, 68, 153),
    RGBColor(0, 0, 0),
];

const WIDTH: i32 = 560 * PX;
/// Without the legend.
const HEIGHT: i32 = 540 * PX;
/// Half the width of a point.
const RADIUS: i32 = 5 * PX / 2;

/// Draws points as an SVG map, each in the colour of its class; `axes` are the titles across and upwards.
///
/// Points that stand close show through each other.
///
/// # Shapes
///
/// `points` is `[n, 2]` for `n` labels: across and upwards, in the units of `axes`.
///
/// # Errors
///
/// [`ReportError::PointsShape`] for no points or another shape, [`ReportError::ClassCount`] for more than
/// [`MAX_COLORS`] different labels, [`ReportError::NotFinite`] for a coordinate that is not,
/// [`ReportError::Write`] when the file cannot be written.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::report::scatter;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("map.svg");
/// let points = array![[0.1, 0.2], [2.0, 1.8]];
/// scatter(&path, "Latents", ["first", "second"], points.view(), &[0, 1])?;
/// assert!(std::fs::read_to_string(&path)?.contains("Latents"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn scatter(
    path: impl AsRef<Path>,
    title: &str,
    axes: [&str; 2],
    points: ArrayView2<f32>,
    labels: &[u32],
) -> Result<(), ReportError> {
    let path = path.as_ref();
    check_points(path, points, labels.len())?;
    let classes: Vec<u32> = labels.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if classes.len() > MAX_COLORS {
        return Err(ReportError::ClassCount {
            path: path.to_owned(),
            found: classes.len(),
            limit: MAX_COLORS,
        });
    }
    let names: Vec<String> = classes.iter().map(u32::to_string).collect();
    let color_of = |label: &u32| COLORS[classes.binary_search(label).unwrap_or(0)];
    let sides = (axis_of(points, 0), axis_of(points, 1));
    let named = names.iter().map(String::as_str).zip(COLORS);
    write_chart(path, (WIDTH, HEIGHT), title, named, |area, top| {
        draw_axes(&area.margin(top, 16 * PX, MARGIN, MARGIN), sides, axes, true, |plot| {
            points.rows().into_iter().zip(labels).try_for_each(|(point, label)| {
                let place = (f64::from(point[0]), f64::from(point[1]));
                plot.draw(&Circle::new(place, RADIUS, color_of(label).mix(0.8).filled()))
            })
        })
    })
}

/// The axis that a column of the points needs.
fn axis_of(points: ArrayView2<f32>, column: usize) -> Axis {
    let values = points.index_axis_move(Side(1), column);
    let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    Axis::linear(low.into(), high.into())
}
