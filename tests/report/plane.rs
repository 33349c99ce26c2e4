use ndarray::{Array2, array};
use tempfile::tempdir;
use wgrad::report::{Field, MAX_COLORS, ReportError, decision_boundary, scatter};

use crate::svg::{Svg, read};

const BLUE: &str = "#0072B2";
const VERMILLION: &str = "#D55E00";

fn map(points: &Array2<f32>, labels: &[u32]) -> Result<Svg, ReportError> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("map.svg");
    scatter(&path, "Latents", ["first", "second"], points.view(), labels)?;
    let svg = read(&path);
    svg.assert_readable();
    Ok(svg)
}

fn boundary(values: &Array2<f32>, points: &Array2<f32>, targets: &[bool]) -> Result<Svg, ReportError> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("boundary.svg");
    let field = Field { x: [-0.5, 1.5], y: [-0.5, 1.5], values: values.view() };
    decision_boundary(&path, "XOR", ["first input", "second input"], field, points.view(), targets)?;
    let svg = read(&path);
    svg.assert_readable();
    Ok(svg)
}

fn corners() -> Array2<f32> {
    array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
}

#[test]
fn every_point_stands_in_its_place_and_the_colour_of_its_class() {
    let svg = map(&array![[1.0, 5.0], [2.0, 15.0], [3.0, 5.0]], &[4, 9, 4]).unwrap();
    for word in ["Latents", "first", "second", "4", "9"] {
        assert!(svg.words().contains(&word), "{word:?} is not among {:?}", svg.words());
    }
    let places: Vec<_> = svg.dots.iter().map(|(_, place)| *place).collect();
    assert!(places[0].0 < places[1].0 && places[1].0 < places[2].0);
    assert!(places[0].1 > places[1].1 && places[0].1 == places[2].1, "upwards is smaller y");
    assert!(svg.dots[0].0 == svg.dots[2].0 && svg.dots[0].0 != svg.dots[1].0);
    assert!((places[1].0 - svg.text("2.0").middle().0).abs() <= 1.0);
}

#[test]
fn ten_classes_have_ten_colours_and_an_eleventh_is_refused() {
    let points = Array2::from_shape_fn((MAX_COLORS + 1, 2), |(row, _)| row as f32);
    let labels: Vec<u32> = (0..=MAX_COLORS as u32).collect();
    let most = points.slice(ndarray::s![..MAX_COLORS, ..]).to_owned();
    let svg = map(&most, &labels[..MAX_COLORS]).unwrap();
    let mut colors: Vec<_> = svg.dots.iter().map(|(color, _)| color.as_str()).collect();
    colors.sort_unstable();
    colors.dedup();
    assert_eq!(colors.len(), MAX_COLORS);
    let error = map(&points, &labels).err().unwrap();
    assert!(matches!(error, ReportError::ClassCount { limit: MAX_COLORS, .. }), "{error}");
}

#[test]
fn points_of_one_place_and_of_any_size_are_readable() {
    map(&array![[0.0, 0.0]], &[0]).unwrap();
    map(&array![[1e-20, 1e20], [-1e-20, -1e20]], &[0, u32::MAX]).unwrap();
}

#[test]
fn the_line_stands_where_the_output_is_a_half() {
    let values = Array2::from_shape_fn((9, 9), |(_, column)| column as f32 / 8.0);
    let svg = boundary(&values, &corners(), &[false, true, false, true]).unwrap();
    let line: Vec<_> = svg.lines_of("#222222").into_iter().skip(1).flatten().collect();
    assert_eq!(line.len(), 16, "a piece in each row of cells: {line:?}");
    // Two circles a point: a ring and the point itself.
    let middle = (svg.dots[0].1.0 + svg.dots[2].1.0) / 2.0;
    assert!(line.iter().all(|(x, _)| (x - middle).abs() <= 2.0), "{line:?} at {middle}");
}

#[test]
fn bands_change_colour_where_the_output_passes_a_tenth() {
    let values = Array2::from_shape_fn((2, 3), |(_, column)| column as f32 * 0.5);
    let svg = boundary(&values, &corners(), &[false, true, true, false]).unwrap();
    // White paper and the colour scale of ten come first, then ten bands for each of two rows.
    let bands = &svg.rects[11..];
    assert_eq!(bands.len(), 20);
    let lefts: Vec<_> = bands[..10].iter().map(|(_, (left, _))| *left).collect();
    let steps: Vec<_> = lefts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(steps.iter().all(|step| (step - steps[0]).abs() <= 1.0), "{steps:?}");
    let scale: Vec<_> = svg.rects[1..11].iter().map(|(color, _)| color).collect();
    assert_eq!(bands[..10].iter().map(|(color, _)| color).collect::<Vec<_>>(), scale);
}

#[test]
fn points_have_the_colour_of_their_target() {
    let svg = boundary(&Array2::zeros((2, 2)), &corners(), &[false, true, true, false]).unwrap();
    let fills: Vec<_> =
        svg.dots.iter().map(|(fill, _)| fill.as_str()).filter(|fill| *fill != "#FFFFFF").collect();
    assert_eq!(fills, [BLUE, VERMILLION, VERMILLION, BLUE]);
    assert_eq!(svg.lines_of("#222222").len(), 1, "no boundary, only its name");
}

#[test]
fn numbers_that_are_not_finite_are_refused_with_their_place() {
    let error = map(&array![[0.0, 1.0], [f32::NAN, 1.0]], &[0, 1]).err().unwrap();
    assert!(matches!(error, ReportError::NotFinite { row: 1, column: 0, .. }), "{error}");
    let values = array![[0.0, f32::INFINITY], [0.0, 0.0]];
    let error = boundary(&values, &corners(), &[true; 4]).err().unwrap();
    assert!(matches!(error, ReportError::NotFinite { row: 0, column: 1, .. }), "{error}");
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    for (points, labels) in
        [(Array2::zeros((0, 2)), 0), (Array2::zeros((3, 3)), 3), (Array2::zeros((3, 2)), 2)]
    {
        let error = map(&points, &vec![0; labels]).err().unwrap();
        assert!(matches!(error, ReportError::PointsShape { .. }), "{error}");
        let error = boundary(&Array2::zeros((2, 2)), &points, &vec![true; labels]).err().unwrap();
        assert!(matches!(error, ReportError::PointsShape { .. }), "{error}");
    }
    for shape in [(1, 2), (2, 1), (0, 0)] {
        let error = boundary(&Array2::zeros(shape), &corners(), &[true; 4]).err().unwrap();
        assert!(matches!(error, ReportError::FieldShape { .. }), "{error}");
    }
}
