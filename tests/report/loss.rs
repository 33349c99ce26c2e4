use std::path::Path;

use tempfile::tempdir;
use wgrad::report::{MAX_LOSS, MAX_SERIES, ReportError, loss_curve};

use crate::svg::{Svg, read};

const BLUE: &str = "#0072B2";
const VERMILLION: &str = "#D55E00";

fn drawn(title: &str, series: &[(&str, &[f64])]) -> Svg {
    let folder = tempdir().unwrap();
    let path = folder.path().join("loss.svg");
    loss_curve(&path, title, series).unwrap();
    let svg = read(&path);
    svg.assert_readable();
    svg
}

fn refused(series: &[(&str, &[f64])]) -> ReportError {
    let folder = tempdir().unwrap();
    let path = folder.path().join("refused.svg");
    let error = loss_curve(&path, "title", series).unwrap_err();
    assert!(!path.exists());
    assert!(error.to_string().contains("refused.svg"), "{error}");
    error
}

#[test]
fn every_series_is_a_line_with_a_point_per_epoch() {
    let svg = drawn("Digits", &[("train", &[0.9, 0.5, 0.3, 0.2]), ("test", &[0.8, 0.6])]);
    let words = svg.words();
    for word in ["Digits", "train", "test", "epoch", "loss", "1", "2", "3", "4", "0.2", "0.8"] {
        assert!(words.contains(&word), "{word:?} is not among {words:?}");
    }
    let (train, test) = (svg.lines_of(BLUE), svg.lines_of(VERMILLION));
    assert_eq!(train.iter().map(|line| line.len()).collect::<Vec<_>>(), [2, 4], "swatch and line");
    assert_eq!(test.iter().map(|line| line.len()).collect::<Vec<_>>(), [2, 2]);
    assert!(train[1].is_sorted_by(|before, after| before.0 < after.0 && before.1 < after.1), "{train:?}");
    assert_eq!(svg.dots.len(), 6);
}

#[test]
fn points_stand_at_their_ticks() {
    let svg = drawn("ticks", &[("train", &[0.8, 0.4, 0.2])]);
    for ((epoch, loss), &(x, y)) in
        [("1", "0.8"), ("2", "0.4"), ("3", "0.2")].iter().zip(svg.lines_of(BLUE)[1])
    {
        assert!((svg.text(epoch).middle().0 - x).abs() <= 1.0);
        assert!((svg.text(loss).middle().1 - y).abs() <= 1.0);
    }
}

#[test]
fn losses_over_many_decades_stand_on_a_logarithmic_axis() {
    let heights = |losses: &[f64]| -> Vec<f64> {
        drawn("axis", &[("loss", losses)]).lines_of(BLUE)[1].iter().map(|&(_, y)| y).collect()
    };
    let evenly = |heights: &[f64]| (heights[0] - 2.0 * heights[1] + heights[2]).abs() <= 2.0;
    assert!(evenly(&heights(&[1.0, 0.1, 0.01])));
    assert!(evenly(&heights(&[1.0, 0.75, 0.5])));
    assert!(evenly(&heights(&[100.0, 50.0, 0.0])), "zero has no logarithm");
    assert!(evenly(&heights(&[100.0, 49.0, -2.0])), "nor have losses below zero");
}

#[test]
fn one_epoch_is_a_dot() {
    let svg = drawn("One", &[("train", &[0.5])]);
    assert_eq!(svg.dots.len(), 1);
    assert_eq!(svg.lines_of(BLUE).len(), 1, "only the swatch");
    assert!((svg.dots[0].1.1 - svg.text("0.50").middle().1).abs() <= 1.0);
}

#[test]
fn losses_that_are_not_finite_break_the_line() {
    let mut losses = vec![0.5; 50];
    (losses[2], losses[4], losses[10]) = (f64::NAN, f64::INFINITY, 2.0 * MAX_LOSS);
    let svg = drawn("Gaps", &[("train", &losses)]);
    let points: Vec<_> = svg.lines_of(BLUE)[1..].iter().map(|line| line.len()).collect();
    assert_eq!(points, [2, 5, 39]);
    assert_eq!(svg.dots.len(), 1, "the lone value between two gaps");
}

#[test]
fn many_epochs_are_not_marked() {
    let svg = drawn("Long", &[("train", &[0.5; 300])]);
    assert_eq!(svg.lines_of(BLUE)[1].len(), 300);
    assert!(svg.dots.is_empty());
}

#[test]
fn a_line_of_very_many_epochs_keeps_its_ends_and_stays_small() {
    let losses: Vec<f64> = (0..50_000).map(|epoch| 1.0 / (1.0 + f64::from(epoch))).collect();
    let svg = drawn("long", &[("train", &losses)]);
    let line = svg.lines_of(BLUE).into_iter().max_by_key(|line| line.len()).unwrap();
    assert!((500..=1001).contains(&line.len()), "{} points", line.len());
    let (first, last) = (line[0], line[line.len() - 1]);
    let whole = drawn("short", &[("train", &[losses[0], losses[49_999]])]);
    let ends = whole.lines_of(BLUE).into_iter().next_back().unwrap();
    assert_eq!([first, last], [ends[0], ends[1]]);
}

#[test]
fn the_largest_chart_is_readable() {
    let losses: Vec<f64> = (1..=1_234_567).step_by(1000).map(|epoch| -1e99 / f64::from(epoch)).collect();
    let names: Vec<String> =
        (0..MAX_SERIES).map(|line| format!("{line} {}", "long ".repeat(line * 9))).collect();
    let series: Vec<(&str, &[f64])> = names.iter().map(|name| (name.as_str(), &losses[..])).collect();
    let svg = drawn(&"A title that goes on and on. ".repeat(20), &series);
    assert!(svg.words().iter().filter(|word| word.ends_with('…')).count() >= 2);
}

#[test]
fn markup_and_control_characters_leave_a_sound_file() {
    let svg = drawn("a < b & \"c\"\u{0}\n\u{FFFF}d", &[("<x>\t", &[1.0, 2.0])]);
    assert!(svg.words().contains(&"a < b & \"c\"   d"), "{:?}", svg.words());
    assert!(svg.words().contains(&"<x>"));
}

#[test]
fn the_picture_is_shown_at_a_quarter_of_its_units_on_white() {
    let svg = drawn("Size", &[("train", &[1.0, 2.0])]);
    assert_eq!(svg.shown, (560.0, 406.0));
    assert_eq!(svg.units, (2240.0, 1624.0));
    assert_eq!(svg.rects[0], ("#FFFFFF".to_owned(), (0.0, 0.0)));
}

#[test]
fn no_series_and_too_many_are_refused() {
    assert!(matches!(refused(&[]), ReportError::SeriesCount { found: 0, limit: MAX_SERIES, .. }));
    let many = vec![("train", &[1.0][..]); MAX_SERIES + 1];
    assert!(matches!(refused(&many), ReportError::SeriesCount { found, .. } if found == MAX_SERIES + 1));
}

#[test]
fn a_series_without_a_value_is_refused_by_name() {
    for (values, count) in [(&[][..], 0), (&[f64::NAN, f64::NEG_INFINITY], 2)] {
        let error = refused(&[("train", &[1.0]), ("test", values)]);
        assert!(error.to_string().contains("\"test\""), "{error}");
        assert!(matches!(error, ReportError::NoValues { found, .. } if found == count), "{error}");
    }
}

#[test]
fn a_missing_folder_is_told_with_the_path() {
    let error = loss_curve(Path::new("/no/such/folder/loss.svg"), "t", &[("train", &[1.0])]).unwrap_err();
    assert!(matches!(error, ReportError::Write { .. }));
    assert!(error.to_string().contains("/no/such/folder/loss.svg"), "{error}");
}
