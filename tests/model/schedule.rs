//! Learning rates over the steps.

use wgrad::{Fit, Optimizer, Schedule};

use crate::support::{linear, one_hot};

/// The factors at steps of a training of 4 epochs of 10 steps.
#[track_caller]
fn assert_factors(schedule: Schedule, wanted: &[(usize, f32)]) {
    for (step, factor) in wanted {
        let found = schedule.factor(*step, 10, 4);
        assert!((found - factor).abs() < 1e-6, "{schedule:?} at {step}: {found} instead of {factor}");
    }
}

#[test]
fn factors_at_named_steps() {
    assert_factors(Schedule::Constant, &[(0, 1.0), (39, 1.0)]);
    let halved = Schedule::Step { epochs: 2, factor: 0.5 };
    assert_factors(halved, &[(0, 1.0), (19, 1.0), (20, 0.5), (39, 0.5), (40, 0.25)]);
    // At a third of the way, half a cosine has fallen by a quarter.
    assert_factors(Schedule::Cosine { floor: 0.0 }, &[(0, 1.0), (13, 0.75), (26, 0.25), (39, 0.0)]);
    assert_factors(Schedule::Cosine { floor: 0.2 }, &[(0, 1.0), (13, 0.8), (26, 0.4), (39, 0.2)]);
    assert_factors(Schedule::Warmup { epochs: 1 }, &[(0, 0.1), (4, 0.5), (9, 1.0), (10, 1.0), (39, 1.0)]);
    let both = Schedule::WarmupCosine { epochs: 2, floor: 0.1 };
    let square = Schedule::Polynomial { power: 2.0, floor: 0.2 };
    // At a third of the way, four ninths are left.
    assert_factors(square, &[(0, 1.0), (13, 0.2 + 0.8 * 4.0 / 9.0), (39, 0.2)]);
    assert_factors(Schedule::Exponential { factor: 0.5 }, &[(9, 1.0), (10, 0.5), (39, 0.125)]);
    // The last step of the first half is the peak.
    let cycle = Schedule::OneCycle { rising: 0.5, first: 0.2, last: 0.1 };
    assert_factors(cycle, &[(0, 0.2), (19, 1.0), (29, 0.55), (39, 0.1)]);
    assert_factors(
        Schedule::custom("ours", |epoch, epochs| (epoch * epochs) as f32),
        &[(9, 0.0), (39, 12.0)],
    );
    assert_factors(both, &[(0, 0.05), (9, 0.5), (19, 1.0), (20, 1.0), (39, 0.1)]);
}

#[test]
fn extremes_stay_between_0_and_1() {
    let schedules = [
        Schedule::Step { epochs: 0, factor: 0.5 },
        Schedule::Cosine { floor: 0.0 },
        Schedule::Warmup { epochs: 0 },
        Schedule::Warmup { epochs: 9 },
        Schedule::WarmupCosine { epochs: 0, floor: 0.0 },
        Schedule::WarmupCosine { epochs: 4, floor: 0.0 },
        Schedule::WarmupCosine { epochs: 9, floor: 0.0 },
        Schedule::Polynomial { power: 0.0, floor: 0.0 },
        Schedule::Polynomial { power: 0.5, floor: 0.0 },
        Schedule::OneCycle { rising: 0.0, first: 0.0, last: 0.0 },
        Schedule::OneCycle { rising: 0.3, first: 0.04, last: 4e-6 },
        Schedule::OneCycle { rising: 1.0, first: 0.0, last: 0.0 },
    ];
    for schedule in schedules {
        for (steps, epochs) in [(1, 1), (1, 4), (10, 4)] {
            for step in 0..steps * epochs {
                let factor = schedule.factor(step, steps, epochs);
                assert!(
                    (0.0..=1.0).contains(&factor),
                    "{schedule:?} at {step} of {steps}·{epochs}: {factor}"
                );
            }
        }
    }
}

#[test]
fn training_follows_the_schedule_step_by_step() {
    let halved = Schedule::Step { epochs: 1, factor: 0.5 };
    let mut model = linear(3, Optimizer::sgd(0.4).schedule(halved), 0);
    let history = model.fit(&one_hot(&[1.0; 3]), Fit::new().epochs(3).batch(2)).unwrap();
    let rates: Vec<f32> = history.epochs.iter().map(|epoch| epoch.rate).collect();
    assert_eq!(rates, [0.4, 0.2, 0.1]);

    // Warm-up over one epoch of three steps of one sample: weight i is moved by 2 · rate · (i + 1)/3.
    let mut model = linear(3, Optimizer::sgd(0.3).schedule(Schedule::Warmup { epochs: 1 }), 0);
    model.fit(&one_hot(&[1.0; 3]), Fit::new().epochs(1).batch(1).unshuffled()).unwrap();
    crate::support::assert_close(
        &crate::support::weights(&mut model, "dense_1.weight"),
        &[0.2, 0.4, 0.6],
        1e-6,
    );
}
