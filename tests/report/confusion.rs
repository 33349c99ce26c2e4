use ndarray::{Array2, array};
use tempfile::tempdir;
use wgrad::report::{MAX_CLASSES, ReportError, confusion_matrix};

use crate::svg::{Svg, read};

fn names(count: usize) -> Vec<String> {
    (0..count).map(|class| format!("class{class}")).collect()
}

fn drawn(title: &str, labels: &[String], counts: &Array2<u64>) -> Svg {
    let folder = tempdir().unwrap();
    let path = folder.path().join("confusion.svg");
    confusion_matrix(&path, title, labels, counts.view()).unwrap();
    let svg = read(&path);
    svg.assert_readable();
    svg
}

fn refused(labels: usize, counts: &Array2<u64>) -> ReportError {
    let folder = tempdir().unwrap();
    let path = folder.path().join("refused.svg");
    let error = confusion_matrix(&path, "title", &names(labels), counts.view()).unwrap_err();
    assert!(!path.exists());
    assert!(error.to_string().contains("refused.svg"), "{error}");
    error
}

/// The fill of the cells, row by row.
fn fills(svg: &Svg, classes: usize) -> Vec<&str> {
    svg.rects[1..=classes * classes].iter().map(|(fill, _)| fill.as_str()).collect()
}

#[test]
fn every_count_stands_in_the_row_of_its_truth_and_the_column_of_its_prediction() {
    let counts = Array2::from_shape_fn((10, 10), |(row, column)| (100 + 10 * row + column) as u64);
    let svg = drawn("Digits", &names(10), &counts);
    for ((row, column), count) in counts.indexed_iter() {
        let (x, y) = svg.text(&count.to_string()).middle();
        let (left, top) = svg.rects[1 + 10 * row + column].1;
        assert!(x > left && x < left + 184.0 && y > top && y < top + 184.0, "{count} at {x}, {y}");
        let (first_left, first_top) = svg.rects[1].1;
        assert_eq!((left - first_left, top - first_top), (184.0 * column as f64, 184.0 * row as f64));
    }
}

#[test]
fn titles_and_labels_are_written() {
    let svg = drawn("Pets", &["cat".to_owned(), "dog".to_owned()], &array![[48, 2], [5, 45]]);
    let words = svg.words();
    for word in ["Pets", "true class", "predicted class", "0 %", "1 %", "100 %"] {
        svg.text(word);
    }
    for label in ["cat", "dog"] {
        assert_eq!(words.iter().filter(|&&word| word == label).count(), 2, "beside and under the cells");
    }
}

#[test]
fn cells_are_coloured_by_their_share_of_the_row() {
    let svg = drawn("Shares", &names(3), &array![[99, 1, 0], [10, 990, 0], [0, 0, 7]]);
    let fills = fills(&svg, 3);
    assert_eq!((fills[0], fills[1]), (fills[4], fills[3]), "99 % and 1 % of different rows");
    assert_ne!(fills[1], fills[2], "1 % is seen beside none");
    assert_eq!((fills[2], fills[8]), ("#F0F5FA", "#082860"), "none and all");
}

#[test]
fn an_empty_row_is_pale() {
    let svg = drawn("Empty", &names(2), &array![[0, 0], [1, 3]]);
    assert_eq!(fills(&svg, 2)[..2], ["#F0F5FA", "#F0F5FA"]);
}

#[test]
fn the_largest_matrix_is_readable() {
    let labels: Vec<String> =
        (0..MAX_CLASSES).map(|class| format!("{class} {}", "wide ".repeat(12))).collect();
    let counts = Array2::from_elem((MAX_CLASSES, MAX_CLASSES), u64::MAX);
    drawn(&"A title that goes on and on. ".repeat(200), &labels, &counts);
    drawn(&"A title wider than its matrix. ".repeat(3), &labels[..1], &array![[u64::MAX]]);
}

#[test]
fn long_labels_stand_upright_under_narrow_columns() {
    let labels: Vec<String> = (0..10).map(|class| format!("ankle boot {class}")).collect();
    let svg = drawn("Fashion", &labels, &Array2::zeros((10, 10)));
    let boxes: Vec<_> = svg.texts.iter().filter(|text| text.content == "ankle boot 3").collect();
    assert_eq!(boxes.iter().filter(|text| text.bottom - text.top > text.right - text.left).count(), 1);
}

#[test]
fn no_classes_and_too_many_are_refused() {
    let error = refused(0, &Array2::zeros((0, 0)));
    assert!(matches!(error, ReportError::ClassCount { found: 0, limit: MAX_CLASSES, .. }));
    let many = MAX_CLASSES + 1;
    let error = refused(many, &Array2::zeros((many, many)));
    assert!(matches!(error, ReportError::ClassCount { found, .. } if found == many));
}

#[test]
fn counts_of_another_shape_are_refused() {
    for (rows, columns) in [(2, 3), (3, 2), (2, 2), (4, 4)] {
        let error = refused(3, &Array2::zeros((rows, columns)));
        assert!(error.to_string().contains(&format!("{rows} × {columns}, expected 3 × 3")), "{error}");
        assert!(matches!(error, ReportError::CountsShape { labels: 3, .. }));
    }
}
