//! A support vector machine whose kernel values the device computes.

use ndarray::{Array2, ArrayView2};
use wgrad::backend::{Backend, Cpu};
use wgrad::callback::Flow;
use wgrad::random::{Purpose, Stream};
use wgrad::svm::{RbfSvm, SvmError};

use super::support::{adding, gpu};

/// Three classes whose clouds overlap.
fn clouds(rows: usize) -> (Array2<f32>, Vec<u32>) {
    let mut stream = Stream::new(0, Purpose::Checking);
    let labels: Vec<u32> = (0..rows as u32).map(|row| row % 3).collect();
    let latents = Array2::from_shape_fn((rows, 5), |(row, feature)| {
        let centre = if feature as u32 == labels[row] { 1.0 } else { 0.0 };
        centre + stream.below(1000) as f32 / 500.0 - 1.0
    });
    (latents, labels)
}

fn largest_difference(a: &RbfSvm, b: &RbfSvm, points: ArrayView2<'_, f32>) -> f64 {
    let [a, b] = [a, b].map(|svm| svm.decision_values(points).unwrap());
    a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn a_machine_is_fitted_and_asked_on_the_device_as_on_the_processor() {
    let Some(mut gpu) = gpu() else { return };
    let (latents, labels) = clouds(3000);
    let params = RbfSvm::params().c(3.0).tolerance(1e-9);
    let ours = params.fit_on(|| gpu.another(), latents.view(), &labels, |_| Flow::Continue).unwrap();
    let theirs = params.fit(latents.view(), &labels).unwrap();
    let (points, _) = clouds(301);
    let apart = largest_difference(&ours, &theirs, points.view());
    assert!(apart < 1e-7, "decisions of two fits are {apart} apart");
    assert_eq!(ours.predict_on(&mut gpu, points.view()).unwrap(), ours.predict(points.view()).unwrap());
}

#[test]
fn a_prediction_leaves_nothing_on_the_backend() {
    let (latents, labels) = clouds(60);
    let svm = RbfSvm::params().fit(latents.view(), &labels).unwrap();
    let mut backend = Cpu::<f32>::with_threads(1).unwrap();
    let other = adding(4);
    backend.compile(&other.program).unwrap();
    let first = svm.predict_on(&mut backend, latents.view()).unwrap();
    let again = svm.predict_on(&mut backend, latents.view()).unwrap();
    assert_eq!(first, again);
    assert_eq!(backend.read(other.sum).unwrap(), [0.0; 4]);
}

#[test]
fn a_backend_that_does_not_open_is_an_error() {
    let (latents, labels) = clouds(3000);
    let closed = || Err::<Cpu<f32>, _>(wgrad::Error::UnknownProgram);
    let outcome = RbfSvm::params().fit_on(closed, latents.view(), &labels, |_| Flow::Continue);
    assert!(matches!(outcome, Err(SvmError::Backend(_))), "{outcome:?}");
}
