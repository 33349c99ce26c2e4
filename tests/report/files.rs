use std::fs;
use std::path::Path;

use ndarray::array;
use tempfile::tempdir;
use wgrad::report::{
    Field, ImageRow, ReportError, Tile, confusion_matrix, decision_boundary, image_grid, loss_curve, scatter,
};

fn entries(folder: &Path) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    fs::read_dir(folder).unwrap().map(|entry| name(entry.unwrap())).collect()
}

/// Writes each kind of picture to `path`.
fn all_kinds(path: &Path) -> [Result<(), ReportError>; 5] {
    let (point, values) = (array![[0.0, 0.0]], array![[0.0, 1.0], [1.0, 0.0]]);
    let field = Field { x: [0.0, 1.0], y: [0.0, 1.0], values: values.view() };
    [
        loss_curve(path, "title", &[("train", &[1.0, 2.0])]),
        confusion_matrix(path, "title", &["one".to_owned()], array![[1]].view()),
        scatter(path, "title", ["x", "y"], point.view(), &[1]),
        decision_boundary(path, "title", ["x", "y"], field, point.view(), &[true]),
        image_grid(path, &[ImageRow::Bytes(&[1])], Tile::new(1, 1)),
    ]
}

#[test]
fn a_picture_takes_the_place_of_the_one_before_and_leaves_nothing_beside() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("picture");
    fs::write(&path, "before").unwrap();
    for written in all_kinds(&path) {
        written.unwrap();
        assert_eq!(entries(folder.path()), ["picture"]);
    }
    assert!(fs::read(&path).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn whoever_reads_the_picture_before_keeps_it_whole() {
    let folder = tempdir().unwrap();
    let (path, kept) = (folder.path().join("picture"), folder.path().join("kept"));
    fs::write(&path, "before").unwrap();
    fs::hard_link(&path, &kept).unwrap();
    for written in all_kinds(&path) {
        written.unwrap();
        assert_eq!(fs::read_to_string(&kept).unwrap(), "before");
    }
}

#[test]
fn a_refused_picture_leaves_the_one_before() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("loss.svg");
    fs::write(&path, "before").unwrap();
    loss_curve(&path, "title", &[("train", &[f64::NAN])]).unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");
}

#[test]
fn a_picture_that_cannot_be_put_in_place_is_told_and_leaves_nothing_beside() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("occupied");
    fs::create_dir(&path).unwrap();
    for written in all_kinds(&path) {
        let error = written.unwrap_err();
        assert!(matches!(error, ReportError::Write { .. }), "{error}");
        assert!(error.to_string().contains("occupied"), "{error}");
    }
    assert_eq!(entries(folder.path()), ["occupied"]);
}
