//! Every way in which the support vector machine refuses its input.

use ndarray::{Array2, ArrayView2, array};
use wgrad::svm::{RbfSvm, RbfSvmParams, RbfSvmParts, SvmError};

fn refusal(params: RbfSvmParams, latents: ArrayView2<f32>, labels: &[u32]) -> SvmError {
    params.fit(latents, labels).unwrap_err()
}

fn rows() -> Array2<f32> {
    array![[0.0, 1.0], [2.0, 3.0], [4.0, 6.0]]
}

#[test]
fn parameters_out_of_range() {
    for c in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = refusal(RbfSvm::params().c(c), rows().view(), &[0, 1, 0]);
        assert!(matches!(error, SvmError::InvalidC { .. }), "{error}");
        assert!(error.to_string().contains(&c.to_string()), "{error}");
    }
    for gamma in [0.0, -0.5, f64::NAN, f64::INFINITY] {
        let error = refusal(RbfSvm::params().gamma(Some(gamma)), rows().view(), &[0, 1, 0]);
        assert!(matches!(error, SvmError::InvalidGamma { .. }), "{error}");
        assert!(error.to_string().contains(&gamma.to_string()), "{error}");
    }
    let error = refusal(RbfSvm::params().max_subset(1), rows().view(), &[0, 1, 0]);
    assert!(matches!(error, SvmError::InvalidMaxSubset { value: 1 }), "{error}");
}

#[test]
fn unusable_rows() {
    let fit = |latents: Array2<f32>, labels: &[u32]| refusal(RbfSvm::params(), latents.view(), labels);
    assert!(matches!(fit(Array2::zeros((0, 4)), &[]), SvmError::Empty { rows: 0, features: 4 }));
    assert!(matches!(fit(Array2::zeros((2, 0)), &[0, 1]), SvmError::Empty { rows: 2, features: 0 }));
    assert!(matches!(fit(rows(), &[0, 1]), SvmError::LabelCount { rows: 3, labels: 2 }));
    assert!(matches!(fit(rows(), &[7, 7, 7]), SvmError::OneClass { class: 7, rows: 3 }));
    let constant = fit(Array2::from_elem((3, 2), 0.1), &[0, 1, 0]);
    assert!(matches!(constant, SvmError::ZeroVariance { rows: 3, value: 0.1 }), "{constant}");
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut latents = rows();
        latents[[2, 1]] = bad;
        let error = fit(latents, &[0, 1, 0]);
        assert!(matches!(error, SvmError::NotFinite { row: 2, feature: 1, .. }), "{error}");
    }
}

#[test]
fn too_many_classes() {
    let labels: Vec<u32> = (0..101).collect();
    let latents = Array2::from_shape_fn((101, 1), |(row, _)| row as f32);
    let error = refusal(RbfSvm::params(), latents.view(), &labels);
    assert!(matches!(error, SvmError::TooManyClasses { classes: 101, limit: 100 }), "{error}");
}

#[test]
fn more_support_vectors_than_allowed() {
    let latents = Array2::from_shape_fn((200, 1), |(row, _)| (row * 37 % 101) as f32);
    let labels: Vec<u32> = (0..200).map(|row| row % 2 + 3).collect();
    let error = refusal(RbfSvm::params().max_subset(60), latents.view(), &labels);
    assert!(matches!(error, SvmError::SubsetLimit { classes: [3, 4], rows: 200, limit: 60 }), "{error}");
    assert!(RbfSvm::params().max_subset(200).fit(latents.view(), &labels).is_ok());
}

#[test]
fn an_optimum_beyond_the_numbers_precision() {
    let latents = Array2::from_shape_fn((5, 1), |(row, _)| row as f32 * 0.37);
    let params = RbfSvm::params().c(1e20).gamma(Some(0.01));
    let error = refusal(params, latents.view(), &[0, 1, 0, 1, 0]);
    assert!(matches!(error, SvmError::NotConverged { classes: [0, 1], violations: 5, .. }), "{error}");
    assert!(error.to_string().contains("1e20"), "{error}");
}

#[test]
fn rows_to_classify_that_do_not_fit() {
    let svm = RbfSvm::params().fit(rows().view(), &[0, 1, 0]).unwrap();
    let error = svm.predict(Array2::zeros((2, 3)).view()).unwrap_err();
    assert!(matches!(error, SvmError::Width { expected: 2, found: 3 }), "{error}");
    let error = svm.predict(array![[0.0, f32::NAN]].view()).unwrap_err();
    assert!(matches!(error, SvmError::NotFinite { row: 0, feature: 1, .. }), "{error}");
}

fn damaged(damage: impl Fn(&mut RbfSvmParts)) -> SvmError {
    let mut parts = RbfSvm::params().fit(rows().view(), &[0, 1, 0]).unwrap().parts().clone();
    damage(&mut parts);
    RbfSvm::from_parts(parts).unwrap_err()
}

#[test]
fn parts_that_do_not_fit_together() {
    let field = |damage: fn(&mut RbfSvmParts)| match damaged(damage) {
        SvmError::Parts { field, .. } => field,
        other => panic!("{other}"),
    };
    assert_eq!(field(|parts| parts.support_vectors = Array2::zeros((0, 2))), "support_vectors");
    assert_eq!(field(|parts| parts.coefficients = Array2::zeros((3, 2))), "coefficients");
    assert_eq!(field(|parts| parts.coefficients[[0, 0]] = f32::NAN), "coefficients and rho");
    assert_eq!(field(|parts| parts.rho = array![0.0, 0.0]), "rho");
    assert_eq!(field(|parts| parts.rho[0] = f32::INFINITY), "coefficients and rho");
    assert_eq!(field(|parts| parts.classes = vec![1, 0]), "classes");
    assert_eq!(field(|parts| parts.classes = vec![1, 1]), "classes");
    assert_eq!(field(|parts| parts.classes = vec![1]), "classes");
}

#[test]
fn numbers_of_parts_out_of_range() {
    assert!(matches!(damaged(|parts| parts.c = 0.0), SvmError::InvalidC { .. }));
    assert!(matches!(damaged(|parts| parts.gamma = -1.0), SvmError::InvalidGamma { .. }));
    assert!(matches!(damaged(|parts| parts.classes = (0..101).collect()), SvmError::TooManyClasses { .. }));
    let error = damaged(|parts| parts.support_vectors[[1, 0]] = f32::NAN);
    assert!(matches!(error, SvmError::NotFinite { row: 1, feature: 0, .. }), "{error}");
}
