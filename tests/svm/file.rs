//! A support vector machine in a file: the same decisions, or an error.

use std::path::PathBuf;

use ndarray::Array2;
use tempfile::{TempDir, tempdir};
use wgrad::random::Stream;
use wgrad::svm::RbfSvm;
use wgrad::{Error, FileFault, TensorFile};

fn place() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("svm.safetensors");
    (folder, path)
}

fn rows(seed: u64, count: usize) -> Array2<f32> {
    let mut stream = Stream::numbered(seed, 1);
    Array2::from_shape_fn((count, 5), |_| stream.normal() as f32)
}

fn fitted() -> RbfSvm {
    let rows = rows(1, 400);
    let labels: Vec<u32> =
        rows.outer_iter().map(|row| 3 + u32::from(row[0] > 0.0) + u32::from(row[1] > 0.3)).collect();
    RbfSvm::params().c(3.3).fit(rows.view(), &labels).unwrap()
}

#[test]
fn a_loaded_machine_decides_bit_for_bit_as_the_saved_one() {
    let (_folder, path) = place();
    let saved = fitted();
    saved.save(&path).unwrap();
    let loaded = RbfSvm::load(&path).unwrap();
    assert_eq!(loaded.parts(), saved.parts());
    assert_eq!(loaded.classes(), [3, 4, 5]);
    let new = rows(2, 1000);
    let bits = |svm: &RbfSvm| svm.decision_values(new.view()).unwrap().mapv(f64::to_bits);
    assert_eq!(bits(&loaded), bits(&saved));
    assert_eq!(loaded.predict(new.view()).unwrap(), saved.predict(new.view()).unwrap());
}

#[test]
fn other_files_and_parts_that_do_not_fit_are_errors() {
    let (_folder, path) = place();
    TensorFile::new().with_reals("support_vectors", rows(1, 2).view()).write(&path).unwrap();
    let error = RbfSvm::load(&path).unwrap_err();
    assert!(matches!(error, Error::File { fault: FileFault::Undescribed, .. }), "{error}");
    fitted().save(&path).unwrap();
    let good = TensorFile::read(&path).unwrap();
    let bad = [
        good.clone().with_integers("classes", &[3, 4]),
        good.clone().with_integers("classes", &[5, 4, 3]),
        good.clone().with_doubles("gamma", ndarray::array![f64::NAN].view()),
        good.clone().with_doubles("c", ndarray::array![-1.0].view()),
        good.clone().with_doubles("coefficients", Array2::zeros((3, 5)).view()),
        good.clone().with_doubles("rho", ndarray::array![1.0].view()),
        good.clone().with_integers("support_labels", &[3, 4, 5]),
        good.clone().with_reals("support_vectors", Array2::from_elem((1, 1), f32::NAN).view()),
    ];
    for file in bad {
        file.write(&path).unwrap();
        let error = RbfSvm::load(&path).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error}");
        assert!(error.to_string().contains("svm.safetensors"), "{error}");
    }
    for file in [
        good.clone().with_doubles("gamma", ndarray::array![1.0, 2.0].view()),
        good.clone().with_doubles("rho", Array2::zeros((3, 5)).view()),
        good.clone().with_reals("rho", ndarray::array![1.0, 2.0, 3.0].view()),
        good.with_reals("classes", rows(1, 1).view()),
    ] {
        file.write(&path).unwrap();
        let error = RbfSvm::load(&path).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error}");
    }
}
