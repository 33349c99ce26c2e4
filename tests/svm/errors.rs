//! Every way in which the support vector machine refuses its input.

use ndarray::{Array2, ArrayView2, array};
use wgrad::svm::{ClassWeights, RbfSvm, RbfSvmParams, RbfSvmParts, SvmError};

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
    for tolerance in [0.0, -1e-3, 2.0, f64::NAN, f64::INFINITY] {
        let error = refusal(RbfSvm::params().tolerance(tolerance), rows().view(), &[0, 1, 0]);
        assert!(matches!(error, SvmError::InvalidTolerance { .. }), "{error}");
        assert!(error.to_string().contains(&tolerance.to_string()), "{error}");
    }
    let error = refusal(RbfSvm::params().cache_megabytes(0), rows().view(), &[0, 1, 0]);
    assert!(matches!(error, SvmError::NoCache), "{error}");
    let error = refusal(RbfSvm::params().max_iterations(Some(0)), rows().view(), &[0, 1, 0]);
    assert!(matches!(error, SvmError::NoIterations), "{error}");
}

#[test]
fn class_weights_that_cannot_be_used() {
    for (weights, said) in [
        (vec![(0, 0.0)], "class 0: it is 0"),
        (vec![(1, f64::NAN)], "class 1: it is NaN"),
        (vec![(1, -2.5)], "class 1: it is -2.5"),
        (vec![(1, 2.0), (0, 1.0), (1, 3.0)], "class 1: it is given twice, as 2 and as 3"),
        (vec![(1, 2.0), (7, 1.0)], "class 7: no row has this label"),
        (vec![(1, 1e308)], "class 1: C × weight is 1e10 × 1e308 = inf"),
        (vec![(0, 1e-320), (1, 1.0)], "class 0: C × weight is 1e-10 × 1e-320 = 0e0"),
    ] {
        let c = if said.contains("1e-10") { 1e-10 } else { 1e10 };
        let params = RbfSvm::params().c(c).class_weights(ClassWeights::Given(weights));
        let error = refusal(params, rows().view(), &[0, 1, 0]);
        assert!(matches!(error, SvmError::InvalidClassWeight { .. }), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
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
    assert_eq!(field(|parts| parts.support_labels = vec![0, 1]), "support_labels");
    assert_eq!(field(|parts| parts.support_labels = vec![0, 1, 0]), "support_labels");
    assert_eq!(field(|parts| parts.support_labels = vec![0, 0, 2]), "support_labels");
    assert_eq!(field(|parts| parts.coefficients[[0, 0]] = f64::NAN), "coefficients and rho");
    assert_eq!(field(|parts| parts.coefficients[[0, 0]] *= -1.0), "coefficients");
    assert_eq!(field(|parts| parts.coefficients.fill(0.9e308)), "coefficients and rho");
    assert_eq!(field(|parts| parts.rho = array![0.0, 0.0]), "rho");
    assert_eq!(field(|parts| parts.rho[0] = f64::INFINITY), "coefficients and rho");
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
