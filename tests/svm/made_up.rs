//! The sets that `made_up.py` makes as well, bit for bit.

use ndarray::{Array2, Axis, concatenate};

use crate::solution::clouds;

/// Rows and their labels.
pub type Set = (Array2<f32>, Vec<u32>);

/// Two groups of neighbours far apart: squares of 10⁶ hide the distances between neighbours.
fn spread_out() -> Set {
    let value = |row: usize| [0.0, 1000.0][row / 20] + (row % 20) as f64 / 10.0;
    (Array2::from_shape_fn((40, 1), |(row, _)| value(row) as f32), (0..40).map(|row| row % 2).collect())
}

fn duplicates() -> Set {
    let (rows, labels) = clouds(100, 4, 2);
    let thrice: Vec<usize> = (0..300).map(|row| row / 3).collect();
    (rows.select(Axis(0), &thrice), thrice.into_iter().map(|row| labels[row]).collect())
}

fn contradictions() -> Set {
    let (rows, labels) = clouds(120, 4, 2);
    let opposite: Vec<u32> = labels.iter().map(|label| 1 - label).collect();
    (concatenate![Axis(0), rows, rows], [labels, opposite].concat())
}

fn constant_features() -> Set {
    let (rows, labels) = clouds(200, 3, 3);
    (concatenate![Axis(1), rows, Array2::from_elem((200, 1), 3.5), Array2::zeros((200, 1))], labels)
}

fn one_point() -> Set {
    (Array2::from_elem((40, 3), 2.5), (0..40).map(|row| u32::from(row % 4 == 0)).collect())
}

fn one_row() -> Set {
    (clouds(150, 4, 2).0, (0..150).map(|row| u32::from(row == 1)).collect())
}

fn odd_labels() -> Set {
    let (rows, labels) = clouds(150, 4, 3);
    (rows, labels.into_iter().map(|label| [4_000_000_000, 7, 9][label as usize]).collect())
}

/// The set of a name in `recorded.json`, if it is one of these.
pub fn set(name: &str) -> Option<Set> {
    Some(match name {
        "clouds_2" => clouds(300, 4, 2),
        "clouds_3" => clouds(300, 5, 3),
        "clouds_4" => clouds(400, 6, 4),
        "clouds_800" => clouds(800, 5, 2),
        "classes_100" => clouds(400, 10, 100),
        "spread_out" => spread_out(),
        "duplicates" => duplicates(),
        "contradictions" => contradictions(),
        "constant_features" => constant_features(),
        "one_point" => one_point(),
        "one_row" => one_row(),
        "odd_labels" => odd_labels(),
        _ => return None,
    })
}
