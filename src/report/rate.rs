//! The loss at each learning rate of a search.

use std::path::Path;

use plotters::prelude::*;

use super::ReportError;
use super::axis::Axis;
use super::canvas::{MARGIN, PX};
use super::chart::{COLORS, draw_axes, write_chart};
use crate::train::model::RateSearch;

const WIDTH: i32 = 560 * PX;
/// Without the legend.
const HEIGHT: i32 = 380 * PX;

/// Draws the losses of a search for a learning rate as an SVG line chart, with a dot at the rate that it suggests.
///
/// The axis of rates is logarithmic where they span more than 1.5 decades.
///
/// # Errors
///
/// [`ReportError::NoValues`] for a search without a loss, [`ReportError::Write`] when the file cannot be written.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Optimizer, Samples, Sequential, losses};
/// use wgrad::report::rate_curve;
///
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// # let folder = tempfile::tempdir()?;
/// let search = model.find_rate(&data, 2, [1e-4, 10.0], 50)?;
/// let path = folder.path().join("rates.svg");
/// rate_curve(&path, "Which rate", &search)?;
/// assert!(std::fs::read_to_string(&path)?.contains("learning rate"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rate_curve(path: impl AsRef<Path>, title: &str, search: &RateSearch) -> Result<(), ReportError> {
    let (path, found) = (path.as_ref(), search.losses.len());
    let (Some(first), Some(last)) = (search.rates.first(), search.rates.last()) else {
        return Err(ReportError::NoValues { path: path.to_owned(), series: "loss".into(), found });
    };
    let points: Vec<_> =
        search.rates.iter().map(|rate| f64::from(*rate)).zip(search.losses.iter().copied()).collect();
    let losses = || search.losses.iter().copied();
    let (low, high) = (losses().fold(f64::MAX, f64::min), losses().fold(f64::MIN, f64::max));
    let axes = (Axis::values((*first).into(), (*last).into()), Axis::values(low, high));
    let suggested =
        search.suggestion().and_then(|rate| points.iter().find(|(at, _)| *at == f64::from(rate)).copied());
    let name = suggested.map(|(rate, _)| format!("falls most at {rate:.1e}"));
    let names = [("loss", COLORS[0])].into_iter().chain(name.as_deref().map(|name| (name, COLORS[1])));
    write_chart(path, (WIDTH, HEIGHT), title, names, |area, top| {
        let area = area.margin(top, 16 * PX, MARGIN, MARGIN);
        draw_axes(&area, axes, ["learning rate", "loss"], true, |plot| {
            plot.draw(&PathElement::new(points, COLORS[0].stroke_width(2 * PX as u32)))?;
            suggested
                .into_iter()
                .try_for_each(|place| plot.draw(&Circle::new(place, 5 * PX, COLORS[1].filled())))
        })
    })
}
