//! The support vector machine against hand-computed solutions, optimality conditions and linfa's own full fit.

use std::sync::Mutex;

use linfa::traits::Fit;
use linfa::{DatasetBase, ParamGuard};
use ndarray::{Array1, Array2, ArrayView1, array, s};
use wgrad::callback::Flow;
use wgrad::svm::{RbfSvm, RbfSvmParts, SvmProgress};

/// Two to four overlapping clouds; the numbers come from a small linear congruential generator.
pub fn clouds(rows: usize, features: usize, classes: u32) -> (Array2<f32>, Vec<u32>) {
    let mut state = 12_345_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let labels: Vec<u32> = (0..rows as u32).map(|row| row % classes).collect();
    let latents = Array2::from_shape_fn((rows, features), |(row, feature)| {
        let centre = if feature as u32 == labels[row] { 1.3 } else { 0.0 };
        centre + (0..4).map(|_| uniform() - 0.5).sum::<f32>() * 1.7
    });
    (latents, labels)
}

fn kernel(gamma: f64, a: ArrayView1<f32>, b: ArrayView1<f32>) -> f64 {
    let squares = a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    (-gamma * squares.sum::<f64>()).exp()
}

/// The decision value of the classes a and b, by its definition.
fn decision(parts: &RbfSvmParts, [a, b]: [usize; 2], pair: usize, x: ArrayView1<f32>) -> f64 {
    let mut sum = -parts.rho[pair];
    for ((s, label), coefficients) in
        parts.support_vectors.outer_iter().zip(&parts.support_labels).zip(parts.coefficients.outer_iter())
    {
        if *label == parts.classes[a] {
            sum += coefficients[b - 1] * kernel(parts.gamma, x, s);
        } else if *label == parts.classes[b] {
            sum += coefficients[a] * kernel(parts.gamma, x, s);
        }
    }
    sum
}

fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found}, expected {expected}");
}

#[test]
fn two_points_have_the_solution_worked_out_by_hand() {
    // With α for both, the dual objective is 2α − α² (1 − K): α = 1 / (1 − K), and by symmetry rho = 0.
    let latents = array![[0.0, 1.0], [2.0, 1.0]];
    let svm = RbfSvm::params().c(10.0).gamma(Some(0.25)).fit(latents.view(), &[5, 9]).unwrap();
    let alpha = 1.0 / (1.0 - (-1.0_f64).exp());
    assert_close(svm.parts().coefficients[[0, 0]], alpha, 1e-11);
    assert_close(svm.parts().coefficients[[1, 0]], -alpha, 1e-11);
    assert_close(svm.parts().rho[0], 0.0, 1e-11);
    assert_eq!(svm.predict(latents.view()).unwrap(), [5, 9]);
}

#[test]
fn the_penalty_bounds_alpha() {
    let svm = RbfSvm::params().c(0.5).gamma(Some(0.25)).fit(array![[0.0], [2.0]].view(), &[0, 1]).unwrap();
    assert_eq!(svm.parts().coefficients, array![[0.5], [-0.5]]);
}

#[test]
fn three_points_have_the_threshold_worked_out_by_hand() {
    // +1 at 0 with α = 2a, −1 at ±1 with α = a: the objective is 4a − a² (3 + K(2) − 4 K(1)), and f(0) = 1.
    let svm = RbfSvm::params()
        .c(100.0)
        .gamma(Some(1.0))
        .tolerance(1e-12)
        .fit(array![[0.0], [-1.0], [1.0]].view(), &[1, 2, 2])
        .unwrap();
    let (k1, k2) = ((-1.0_f64).exp(), (-4.0_f64).exp());
    let a = 2.0 / (3.0 + k2 - 4.0 * k1);
    assert_close(svm.parts().coefficients[[0, 0]], 2.0 * a, 1e-11);
    assert_close(svm.parts().coefficients[[2, 0]], -a, 1e-11);
    assert_close(svm.parts().rho[0], 2.0 * a * (1.0 - k1) - 1.0, 1e-11);
}

#[test]
fn the_optimality_conditions_hold_on_every_row() {
    let (latents, labels) = clouds(2500, 5, 2);
    let c = 3.0;
    let svm = RbfSvm::params().c(c).fit(latents.view(), &labels).unwrap();
    let parts = svm.parts();
    let support: Vec<_> = parts.support_vectors.outer_iter().zip(parts.coefficients.column(0)).collect();
    let (mut free, mut bound) = (0, 0);
    for (row, &label) in latents.outer_iter().zip(&labels) {
        let y = if label == 0 { 1.0 } else { -1.0 };
        let weight = support.iter().find(|(s, _)| *s == row).map_or(0.0, |(_, w)| **w);
        let (alpha, margin) = (y * weight, y * decision(parts, [0, 1], 0, row));
        assert!((0.0..=c).contains(&alpha), "alpha {alpha}");
        assert!(margin > 0.999 || alpha == c, "alpha {alpha} at margin {margin}");
        assert!(margin < 1.001 || alpha == 0.0, "alpha {alpha} at margin {margin}");
        free += usize::from(alpha > 0.0 && alpha < c);
        bound += usize::from(alpha == c);
    }
    assert!(parts.coefficients.sum().abs() < 1e-9, "Σ α y is {}", parts.coefficients.sum());
    assert!(free > 20 && bound > 400 && free + bound == svm.support_vectors(), "{free} free, {bound} at C");
}

#[test]
fn the_solution_is_that_of_a_full_fit() {
    let (latents, labels) = clouds(1500, 5, 2);
    let params = RbfSvm::params().c(2.0).gamma(Some(0.3)).tolerance(1e-5);
    let svm = params.fit(latents.view(), &labels).unwrap();
    let records = latents.mapv(f64::from);
    let targets: Array1<bool> = labels.iter().map(|&label| label == 0).collect();
    let params = linfa_svm::Svm::<f64, bool>::params().gaussian_kernel(1.0 / 0.3).pos_neg_weights(2.0, 2.0);
    let full = params.eps(1e-5).check().unwrap().fit(&DatasetBase::new(records.clone(), targets)).unwrap();
    let ours = svm.decision_values(latents.view()).unwrap();
    for (row, &ours) in records.outer_iter().zip(ours.column(0)) {
        assert_close(ours, full.weighted_sum(&row) - full.rho, 2e-5);
    }
    let (ours, theirs) = (svm.support_vectors(), full.nsupport());
    assert!(ours.abs_diff(theirs) <= 3, "{ours} support vectors, {theirs} in the full fit");
}

#[test]
fn decisions_of_a_batch_follow_the_definition_row_by_row() {
    let (latents, labels) = clouds(1100, 6, 4);
    let svm = RbfSvm::params().c(5.0).fit(latents.view(), &labels).unwrap();
    assert!(svm.support_vectors() > 512, "{} support vectors do not span two tiles", svm.support_vectors());
    let (points, _) = clouds(300, 6, 4);
    let batch = svm.decision_values(points.view()).unwrap();
    let predicted = svm.predict(points.view()).unwrap();
    for (row, point) in points.outer_iter().enumerate() {
        let pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
        for (pair, classes) in pairs.into_iter().enumerate() {
            assert_close(batch[[row, pair]], decision(svm.parts(), classes, pair, point), 1e-11);
        }
        assert_eq!(svm.predict(points.slice(s![row..=row, ..])).unwrap(), predicted[row..=row]);
    }
}

/// A machine of the classes 4, 6 and 8 whose decisions are `−rho` everywhere.
fn constant_machine(rho: Array1<f64>) -> RbfSvm {
    let parts = RbfSvmParts {
        support_vectors: array![[0.0, 0.0]],
        support_labels: vec![6],
        coefficients: Array2::zeros((1, 2)),
        rho,
        gamma: 1.0,
        c: 1.0,
        classes: vec![4, 6, 8],
    };
    RbfSvm::from_parts(parts).unwrap()
}

#[test]
fn the_most_votes_win_and_ties_go_to_the_lowest_label() {
    let predict = |rho| constant_machine(rho).predict(array![[1.0, 1.0]].view()).unwrap()[0];
    assert_eq!(predict(array![-1.0, -1.0, -1.0]), 4); // votes 4, 4, 6
    assert_eq!(predict(array![1.0, 1.0, -1.0]), 6); // votes 6, 8, 6
    assert_eq!(predict(array![-1.0, 1.0, 1.0]), 8); // votes 4, 8, 8
    assert_eq!(predict(array![-1.0, 1.0, -1.0]), 4); // one vote each
    assert_eq!(predict(array![0.0, 0.0, 0.0]), 8); // 0 is not above 0: votes 6, 8, 8
}

#[test]
fn any_labels_will_do() {
    let (latents, labels) = clouds(400, 4, 3);
    let names = [u32::MAX, 17, 0];
    let renamed: Vec<u32> = labels.iter().map(|&label| names[label as usize]).collect();
    let svm = RbfSvm::params().c(10.0).fit(latents.view(), &renamed).unwrap();
    assert_eq!(svm.classes(), [0, 17, u32::MAX]);
    assert_eq!(svm.parts().rho.len(), 3);
    let predicted = svm.predict(latents.view()).unwrap();
    let right = predicted.iter().zip(&renamed).filter(|(a, b)| a == b).count();
    assert!(right > 280, "{right} of 400 right");
}

#[test]
fn threads_do_not_change_the_result() {
    let (latents, labels) = clouds(1300, 5, 4);
    let fit = || {
        let svm = RbfSvm::params().c(10.0).fit(latents.view(), &labels).unwrap();
        let decisions = svm.decision_values(latents.view()).unwrap();
        (svm.parts().clone(), decisions)
    };
    let with_threads = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(fit);
    let one = with_threads(1);
    assert_eq!(one, with_threads(2));
    assert_eq!(one, with_threads(5));
}

#[test]
fn gamma_is_derived_from_the_variance_of_all_features() {
    let latents = array![[1.0, 3.0], [5.0, 7.0]]; // mean 4, variance 5
    let svm = RbfSvm::params().fit(latents.view(), &[0, 1]).unwrap();
    assert!((svm.gamma() - 0.1).abs() < 1e-12, "{}", svm.gamma());
    assert_eq!((svm.c(), svm.features(), svm.support_vectors()), (1.0, 2, 2));
}

#[test]
fn shift_scale_and_dead_features_do_not_matter() {
    let (latents, labels) = clouds(700, 5, 3);
    let plain = RbfSvm::params().c(4.0).gamma(Some(0.25)).fit(latents.view(), &labels).unwrap();
    let mut moved = Array2::zeros((700, 7));
    moved.slice_mut(s![.., ..5]).assign(&latents.mapv(|x| x * 64.0 + 4096.0));
    let fit = RbfSvm::params().c(4.0).gamma(Some(0.25 / 4096.0)).fit(moved.view(), &labels).unwrap();
    let decisions = fit.decision_values(moved.view()).unwrap();
    for (row, point) in latents.outer_iter().enumerate() {
        assert_close(decisions[[row, 0]], decision(plain.parts(), [0, 1], 0, point), 0.03);
    }
}

#[test]
fn contradicting_rows_are_solved_too() {
    let latents = Array2::from_shape_fn((40, 3), |(row, _)| (row / 20) as f32);
    let labels: Vec<u32> = (0..40).map(|row| u32::from(row % 20 < 5)).collect();
    let svm = RbfSvm::params().fit(latents.view(), &labels).unwrap();
    assert_eq!(svm.predict(latents.view()).unwrap(), [0; 40]);
}

#[test]
fn progress_counts_every_pair_once() {
    let (latents, labels) = clouds(300, 4, 4);
    let calls = Mutex::new(Vec::new());
    let record = |progress: &SvmProgress| {
        assert!(progress.pairs == 6 && progress.iterations > 0 && progress.violation > 0.0, "{progress:?}");
        calls.lock().unwrap().push(progress.pairs_done);
        Flow::Continue
    };
    RbfSvm::params().fit_with_progress(latents.view(), &labels, record).unwrap();
    let mut calls = calls.into_inner().unwrap();
    calls.retain(|done| *done > 0);
    calls.dedup();
    assert_eq!(calls, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn parts_make_the_same_machine_again() {
    let (latents, labels) = clouds(300, 4, 3);
    let svm = RbfSvm::params().fit(latents.view(), &labels).unwrap();
    let again = RbfSvm::from_parts(svm.parts().clone()).unwrap();
    assert_eq!(again.parts(), svm.parts());
    assert_eq!(again.decision_values(latents.view()).unwrap(), svm.decision_values(latents.view()).unwrap());
    assert_eq!(svm.predict(latents.slice(s![..0, ..])).unwrap(), [0_u32; 0]);
}
