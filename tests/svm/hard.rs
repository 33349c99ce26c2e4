//! Data and settings that are hard for a solver.

use ndarray::{Array2, Axis, concatenate};
use wgrad::callback::Flow;
use wgrad::random::Stream;
use wgrad::svm::{ClassWeights, RbfSvm, RbfSvmParams, SvmError, SvmWarning};

use crate::solution::clouds;

fn largest_difference(a: &RbfSvm, b: &RbfSvm, rows: &Array2<f32>) -> f64 {
    let [a, b] = [a, b].map(|svm| svm.decision_values(rows.view()).unwrap());
    a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn right(svm: &RbfSvm, rows: &Array2<f32>, labels: &[u32]) -> usize {
    svm.predict(rows.view()).unwrap().iter().zip(labels).filter(|(a, b)| a == b).count()
}

/// Two groups of rows, 1000 apart, whose labels change every 0.1.
fn spread() -> (Array2<f32>, Vec<u32>) {
    let place = |i: usize| if i < 20 { 0.0 } else { 1000.0 } + 0.1 * (i % 20) as f64;
    (Array2::from_shape_fn((40, 1), |(i, _)| place(i) as f32), (0..40).map(|i| i % 2).collect())
}

#[test]
fn rows_far_apart_keep_their_digits() {
    let (rows, labels) = spread();
    let svm = RbfSvm::params().c(100.0).gamma(Some(100.0)).fit(rows.view(), &labels).unwrap();
    assert_eq!(svm.predict(rows.view()).unwrap(), labels);
    // At the other group's place the kernel is that of this one: rows of f32 around 1000 are 6e-5 apart.
    let decisions = svm.decision_values(rows.view()).unwrap();
    for i in 0..20 {
        let apart = (decisions[[i, 0]] - decisions[[i + 20, 0]]).abs();
        assert!(apart < 0.01, "rows {i} and {} are {apart} apart", i + 20);
    }
}

#[test]
fn labels_from_f32_products_are_those_of_the_decisions() {
    let (rows, labels) = clouds(6000, 5, 4);
    for (c, gamma, scale) in [(10.0, 0.3, 1.0), (1000.0, 3.0, 1.0), (10.0, 0.3e-8, 1e4), (10.0, 30.0, 30.0)] {
        let rows = &rows * scale;
        let svm = RbfSvm::params().c(c).gamma(Some(gamma)).max_iterations(Some(20_000));
        let svm = svm.fit(rows.slice(ndarray::s![..1500, ..]), &labels[..1500]).unwrap();
        let classified = svm.classify(rows.view()).unwrap();
        let predicted = svm.predict(rows.view()).unwrap();
        let least = classified.iter().map(|row| row.margin.abs()).fold(f64::INFINITY, f64::min);
        assert!(least < 1e-3, "no row is near a boundary: {least}");
        assert_eq!(
            predicted,
            classified.iter().map(|row| row.label).collect::<Vec<_>>(),
            "C {c}, gamma {gamma}"
        );
    }
}

#[test]
fn a_small_penalty_makes_every_row_a_support_vector() {
    let (rows, labels) = clouds(3000, 5, 2);
    let params = RbfSvm::params().c(1e-4).gamma(Some(0.3));
    let svm = params.fit(rows.view(), &labels).unwrap();
    assert_eq!((svm.support_vectors(), svm.warnings()), (3000, &[][..]));
    assert!(svm.parts().coefficients.iter().all(|alpha| alpha.abs() == 1e-4));
    assert!(right(&svm, &rows, &labels) > 2400);
}

/// Rows among which those at even steps, which a first guess sees, lie further apart than the others.
fn dense_between() -> (Array2<f32>, Vec<u32>) {
    let mut stream = Stream::numbered(3, 1);
    let rows = Array2::from_shape_fn((1000, 10), |(row, _)| {
        let spread = if (row / 2) % 3 == 0 { 2.0 } else { 0.1 };
        let centre = if row % 2 == 0 { -0.4 } else { 0.4 };
        (centre + spread * stream.normal()) as f32
    });
    (rows, (0..1000).map(|row| row % 2).collect())
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let (rows, labels) = dense_between();
    let order: Vec<usize> = (0..1000).map(|row| row * 377 % 1000).collect();
    let (shuffled, moved) =
        (rows.select(Axis(0), &order), order.iter().map(|row| labels[*row]).collect::<Vec<_>>());
    for (c, at_bound) in [(1e-4, 1000), (1e-2, 0), (1.0, 0)] {
        let params = RbfSvm::params().c(c).tolerance(1e-8);
        let [first, second] = [(&rows, &labels), (&shuffled, &moved)]
            .map(|(rows, labels)| params.fit(rows.view(), labels).unwrap());
        let apart = largest_difference(&first, &second, &rows);
        assert!(apart < 1e-6, "C {c}: decisions are {apart} apart");
        assert_eq!(first.support_vectors(), second.support_vectors(), "C {c}");
        assert!(at_bound == 0 || first.support_vectors() == at_bound, "{}", first.support_vectors());
    }
}

#[test]
fn labels_follow_the_decisions_where_coefficients_vanish_in_f32() {
    let (rows, labels) = clouds(600, 5, 4);
    let svm = RbfSvm::params().c(1e-45).gamma(Some(0.3)).fit(rows.view(), &labels).unwrap();
    let classified: Vec<u32> = svm.classify(rows.view()).unwrap().iter().map(|row| row.label).collect();
    assert_eq!(svm.predict(rows.view()).unwrap(), classified);
}

#[test]
fn equal_rows_reach_the_largest_penalty_in_a_step() {
    let rows = Array2::from_elem((2, 3), 1.5);
    let params = RbfSvm::params().c(1e300).gamma(Some(1.0)).max_iterations(Some(10));
    let svm = params.fit(rows.view(), &[0, 1]).unwrap();
    assert_eq!((svm.warnings(), svm.parts().coefficients.column(0).to_vec()), (&[][..], vec![1e300, -1e300]));
}

#[test]
fn a_small_cache_changes_nothing_but_the_time() {
    let (rows, labels) = clouds(3000, 5, 2);
    // 1 MB holds 43 kernel rows of 3000, while some 1300 support vectors are at work.
    for c in [1e-3, 1.0] {
        let params = RbfSvm::params().c(c).gamma(Some(0.3));
        let [small, large] =
            [1, 400].map(|mb| params.clone().cache_megabytes(mb).fit(rows.view(), &labels).unwrap());
        assert_eq!(small.parts(), large.parts());
    }
}

/// Overlapping classes in two dimensions, which a large penalty makes hard.
fn overlapping() -> (Array2<f32>, Vec<u32>, RbfSvmParams) {
    let (rows, labels) = clouds(800, 2, 2);
    (rows, labels, RbfSvm::params().c(1e6).gamma(Some(1.0)))
}

/// `Σ α y − ½ Σ α α K` of signed coefficients.
fn dual_objective(svm: &RbfSvm) -> f64 {
    let parts = svm.parts();
    let decisions = svm.decision_values(parts.support_vectors.view()).unwrap();
    let mut objective = 0.0;
    for ((alpha, decision), label) in parts.coefficients.iter().zip(&decisions).zip(&parts.support_labels) {
        let y = if *label == 0 { 1.0 } else { -1.0 };
        objective += alpha * (y - 0.5 * (decision + parts.rho[0]));
    }
    objective
}

#[test]
fn what_does_not_converge_ends_with_a_warning_and_the_best_so_far() {
    let (rows, labels, params) = overlapping();
    let mut last = 0.0;
    for limit in [20_000, 400_000] {
        let params = params.clone().max_iterations(Some(limit));
        let svm = params.fit(rows.view(), &labels).unwrap();
        let [SvmWarning::IterationLimit { classes, iterations, violation, tolerance }] = *svm.warnings()
        else {
            panic!("{:?}", svm.warnings());
        };
        assert_eq!((classes, iterations, tolerance), ([0, 1], limit, 1e-3));
        assert!(violation > tolerance && violation.is_finite(), "{violation}");
        let objective = dual_objective(&svm);
        assert!(objective > last, "{objective} after {iterations} iterations, {last} before");
        last = objective;
        let right = right(&svm, &rows, &labels);
        assert!(right > 550, "{right} of 800 right");
        let said = svm.warnings()[0].to_string();
        assert!(said.contains(&format!("{limit} iterations")) && said.contains("classes 0 and 1"), "{said}");
        let error = params.require_convergence(true).fit(rows.view(), &labels).unwrap_err();
        let expected = matches!(&error, SvmError::NotConverged { warning } if *warning == svm.warnings()[0]);
        assert!(expected, "{error}");
    }
}

#[test]
fn an_optimum_beyond_the_numbers_precision_is_a_warning() {
    let (rows, labels) = clouds(60, 3, 2);
    let svm = RbfSvm::params().c(50.0).tolerance(1e-18).fit(rows.view(), &labels).unwrap();
    let [SvmWarning::Precision { violation, tolerance, .. }] = svm.warnings() else {
        panic!("{:?}", svm.warnings());
    };
    assert!(*tolerance == 1e-18 && *violation > 1e-18 && *violation < 1e-12, "{violation}");
    assert!(svm.warnings()[0].to_string().contains("64 bits"));
}

#[test]
fn a_fit_can_be_ended() {
    let (rows, labels, params) = overlapping();
    let seen = std::sync::atomic::AtomicU64::new(0);
    let error = params.fit_with_progress(rows.view(), &labels, |progress| {
        seen.store(progress.iterations, std::sync::atomic::Ordering::Relaxed);
        assert_eq!((progress.classes, progress.pairs_done, progress.pairs), ([0, 1], 0, 1));
        Flow::Stop
    });
    assert!(matches!(error, Err(SvmError::Interrupted { pairs_done: 0, pairs: 1 })), "{error:?}");
    let seen = seen.into_inner();
    // What is done is not thrown away.
    let (rows, labels) = clouds(90, 3, 3);
    let stop_at_the_end = |progress: &wgrad::svm::SvmProgress| {
        if progress.pairs_done == progress.pairs { Flow::Stop } else { Flow::Continue }
    };
    RbfSvm::params().fit_with_progress(rows.view(), &labels, stop_at_the_end).unwrap();
    assert!(seen > 0 && seen < 10_000_000, "told after {seen} iterations");
}

#[test]
fn a_row_twice_counts_as_much_as_twice_the_penalty() {
    let (rows, labels) = clouds(500, 4, 3);
    let twice = concatenate![Axis(0), rows, rows];
    let fit = |rows: &Array2<f32>, labels: &[u32], params: RbfSvmParams| {
        params.gamma(Some(0.4)).tolerance(1e-10).fit(rows.view(), labels).unwrap()
    };
    let once = fit(&rows, &labels, RbfSvm::params().c(4.0));
    let doubled = fit(&twice, &[&labels[..], &labels].concat(), RbfSvm::params().c(2.0));
    let apart = largest_difference(&once, &doubled, &rows);
    assert!(apart < 1e-8, "{apart}");
    // The same of one class alone.
    let more: Vec<usize> = (0..500).chain((0..500).filter(|row| labels[*row] == 1)).collect();
    let more_labels: Vec<u32> = more.iter().map(|row| labels[*row]).collect();
    let heavier = fit(&rows.select(Axis(0), &more), &more_labels, RbfSvm::params().c(2.0));
    let weights = ClassWeights::Given(vec![(1, 2.0)]);
    let weighted = fit(&rows, &labels, RbfSvm::params().c(2.0).class_weights(weights));
    let apart = largest_difference(&heavier, &weighted, &rows);
    assert!(apart < 1e-8, "{apart}");
}

#[test]
fn balanced_weights_are_those_of_their_definition() {
    let (rows, labels) = clouds(600, 4, 2);
    let some: Vec<usize> = (0..600).filter(|row| labels[*row] == 0 || row % 10 == 1).collect();
    let (rows, labels) =
        (rows.select(Axis(0), &some), some.iter().map(|row| labels[*row]).collect::<Vec<_>>());
    let fit = |weights| RbfSvm::params().class_weights(weights).fit(rows.view(), &labels).unwrap();
    let balanced = fit(ClassWeights::Balanced);
    // 300 rows of class 0 and 60 of class 1.
    let given = fit(ClassWeights::Given(vec![(1, 3.0), (0, 0.6)]));
    assert_eq!(balanced.parts(), given.parts());
    let recall = |svm: &RbfSvm| {
        let predicted = svm.predict(rows.view()).unwrap();
        predicted.iter().zip(&labels).filter(|(a, b)| **a == 1 && **b == 1).count()
    };
    let (equal, balanced) = (recall(&fit(ClassWeights::Equal)), recall(&balanced));
    assert!(balanced > equal, "{balanced} of 60 rows with balanced weights, {equal} without");
}

#[test]
fn a_hundred_classes_of_any_label_and_one_row_of_some() {
    let place = |class: usize, feature: usize| [class % 10, class / 10][feature] as f32 * 3.0;
    let classes: Vec<usize> = (0..100).chain((0..100).filter(|class| class % 3 > 0)).collect();
    let rows = Array2::from_shape_fn((classes.len(), 2), |(row, feature)| {
        place(classes[row], feature) + (row * 7 % 5) as f32 * 0.1
    });
    let labels: Vec<u32> = classes.iter().map(|class| u32::MAX - 17 * *class as u32).collect();
    let svm = RbfSvm::params().c(10.0).gamma(Some(0.5)).fit(rows.view(), &labels).unwrap();
    assert_eq!((svm.classes().len(), svm.parts().rho.len()), (100, 4950));
    assert_eq!(svm.predict(rows.view()).unwrap(), labels);
    assert!(svm.classify(rows.view()).unwrap().iter().all(|row| row.margin > 0.5));
}

#[test]
fn equal_rows_of_two_classes_and_features_that_never_change() {
    // Of ten equal rows seven have one label; a second place has one row.
    let rows =
        Array2::from_shape_fn((11, 3), |(row, feature)| if row == 10 && feature == 1 { 4.0 } else { 0.5 });
    let labels = [2, 2, 2, 9, 2, 9, 2, 2, 9, 2, 9];
    let svm = RbfSvm::params().c(1e3).tolerance(1e-9).fit(rows.view(), &labels).unwrap();
    assert_eq!(svm.warnings(), []);
    assert_eq!(svm.predict(rows.view()).unwrap(), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 9]);
    // Σ |hinge loss| is least at the side of the seven.
    let decision = svm.decision_values(rows.view()).unwrap()[[0, 0]];
    assert!((decision - 1.0).abs() < 1e-6, "{decision}");
}
