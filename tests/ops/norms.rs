//! Norms of gradients whose squares are no numbers of `f32`, against `f64`.

use wgrad::backend::{Backend, Cpu, Values};
use wgrad::ops::{ClipFactor, SumSquares};
use wgrad::program::Batch;
use wgrad::{Element, Recorder};

use crate::support::gpu;

/// What clips `gradients` to `limit`.
fn factor(backend: &mut dyn Backend, gradients: &[f32], limit: f32) -> f64 {
    let mut tape = Recorder::new("clip", 1);
    let x = tape.tensor("x", Element::Real, 1, gradients.len());
    let sums = tape.tensor("sums", Element::Real, 2, 8);
    let factor = tape.tensor("factor", Element::Real, 1, 1);
    tape.push(SumSquares { x, sums });
    tape.push(ClipFactor { sums, factor, limit });
    let program = backend.compile(&tape.finish().unwrap()).unwrap();
    backend.write(x, Values::Real(gradients)).unwrap();
    backend.run(program, &[Batch::of(1)]).unwrap();
    let factor = backend.read(factor).unwrap()[0];
    backend.release(program);
    factor.into()
}

fn clips_to_the_norm(backend: &mut dyn Backend) {
    let cases: [(Vec<f32>, f32); 8] = [
        (vec![1e34; 50], 10.0),
        (vec![3e38, -1.0, 1e20], 100.0),
        (vec![f32::MAX, 1e-30], 100.0),
        (vec![2.5e8, 2.7e8, 1.0], 1.0),
        (vec![1e-28, -2e-28, 0.0], 1e-29),
        (vec![0.25, -0.5, 2.0, 3.0], 0.125),
        (vec![1e19; 1000], 1e19),
        (vec![0.0; 9], 1.0),
    ];
    for (gradients, limit) in cases {
        let norm = gradients.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        let wanted = (f64::from(limit) / norm).min(1.0);
        let found = factor(backend, &gradients, limit);
        let info = backend.info();
        assert!((found / wanted - 1.0).abs() < 1e-5, "{info}: {found:e} for {wanted:e}, of {gradients:?}");
    }
    for none in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
        assert!(factor(backend, &[1.0, none, 1e30], 1.0).is_nan(), "{}: {none}", backend.info());
    }
    assert!(factor(backend, &[f32::MAX; 4], 1.0).is_nan(), "{}: a norm beyond f32", backend.info());
}

#[test]
fn gradients_of_any_size_are_clipped_to_the_norm() {
    clips_to_the_norm(&mut Cpu::<f32>::new().unwrap());
    let Some(mut gpu) = gpu() else { return };
    clips_to_the_norm(&mut gpu);
}
