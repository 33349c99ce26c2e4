//! Ten steps of each example's model: recorded losses, and the same bits with the same seed and any number of threads.

use wgrad::backend::Cpu;

use crate::jobs::{Job, autoencoder, classifier, xor};

fn cpu(threads: usize) -> Cpu<f32> {
    Cpu::with_threads(threads).unwrap()
}

#[track_caller]
fn assert_losses(job: &Job, tolerance: f64, wanted: [f64; 10]) {
    let (_, losses) = job.run(cpu(2));
    let near = losses.iter().zip(&wanted).all(|(a, b)| (a - b).abs() <= tolerance * b);
    assert!(near, "{losses:?}");
}

#[test]
fn losses_are_the_recorded_ones() {
    // These are also what another implementation of the generator, the network and its derivative gives.
    let wanted = [
        0.2417757, 0.2373639, 0.2343292, 0.2319068, 0.2297661, 0.2277705, 0.2258627, 0.2240166, 0.2222185,
        0.2204599,
    ];
    assert_losses(&xor(), 1e-6, wanted);
    // Adam's first steps are signs of gradients, so that a processor's order of summation shows early.
    let wanted = [
        0.1166487, 0.1159312, 0.1149403, 0.1131945, 0.1106123, 0.1073442, 0.1039979, 0.1015737, 0.1000502,
        0.0982044,
    ];
    assert_losses(&autoencoder(), 1e-3, wanted);
    let wanted = [
        2.6175651, 2.7080223, 2.4515315, 2.2510089, 2.0616237, 2.0203534, 1.9414227, 1.9315230, 1.8574183,
        1.8728793,
    ];
    assert_losses(&classifier(), 1e-3, wanted);
}

#[test]
fn a_seed_gives_the_same_bits_on_any_number_of_threads() {
    for job in [xor(), autoencoder(), classifier()] {
        let (mut first, losses) = job.run(cpu(1));
        let snapshot = first.snapshot().unwrap();
        for threads in [1, 2, 3, 8] {
            let (mut other, other_losses) = job.run(cpu(threads));
            assert_eq!(other_losses, losses);
            assert!(other.snapshot().unwrap() == snapshot, "{threads} threads");
        }
    }
}
