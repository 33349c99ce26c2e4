//! Laws of initial values.

use wgrad::layers::Dense;
use wgrad::random::{Purpose, Stream};
use wgrad::{Init, Optimizer, Sequential, losses};

use crate::support::{assert_close, cpu, weights};

const LAWS: [Init; 6] = [
    Init::GlorotUniform,
    Init::GlorotNormal,
    Init::HeUniform,
    Init::HeNormal,
    Init::Normal(0.1),
    Init::Zeros,
];

fn values(init: Init, seed: u64, fan_in: usize, fan_out: usize) -> Vec<f32> {
    init.values(&mut Stream::new(seed, Purpose::Initialisation), &[fan_in, fan_out])
}

/// The deviation that the papers give for a weight of 300 × 200.
fn deviation(init: Init) -> f64 {
    match init {
        Init::GlorotUniform | Init::GlorotNormal => (2.0f64 / 500.0).sqrt(),
        Init::HeUniform | Init::HeNormal => (2.0f64 / 300.0).sqrt(),
        Init::Normal(deviation) => deviation.into(),
        Init::Zeros | Init::Ones | Init::Constant(_) => 0.0,
        other => unreachable!("no deviation of {other:?}"),
    }
}

#[test]
fn mean_and_deviation_are_those_of_the_law() {
    for init in LAWS {
        let values = values(init, 11, 300, 200);
        let count = values.len() as f64;
        let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
        let square = values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count;
        let wanted = deviation(init);
        assert!((init.deviation(300, 200) - wanted).abs() < 1e-12, "{init:?}");
        // Four standard errors.
        assert!(mean.abs() <= 4.0 * wanted / count.sqrt(), "{init:?}: mean {mean}");
        assert!(
            (square.sqrt() - wanted).abs() <= 4.0 * wanted / (2.0 * count).sqrt(),
            "{init:?}: {}",
            square.sqrt()
        );
    }
}

#[test]
fn uniform_laws_are_bounded_and_even_and_normal_laws_have_tails() {
    for init in LAWS {
        let (values, deviation) = (values(init, 12, 300, 200), deviation(init));
        let share = |bound: f64| {
            values.iter().filter(|value| f64::from(value.abs()) < bound * deviation).count() as f64
                / values.len() as f64
        };
        let largest = values.iter().fold(0f32, |largest, value| largest.max(value.abs()));
        match init {
            Init::GlorotUniform | Init::HeUniform => {
                let bound = (3f64.sqrt() * deviation) as f32;
                assert!(largest <= bound && largest > 0.999 * bound, "{init:?}: {largest}");
                assert!((share(1.0) - 0.577).abs() < 0.01, "{init:?}: {}", share(1.0));
            }
            Init::Zeros => assert_eq!(largest, 0.0),
            _ => {
                assert!((share(1.0) - 0.683).abs() < 0.01, "{init:?}: {}", share(1.0));
                assert!((share(2.0) - 0.954).abs() < 0.01, "{init:?}: {}", share(2.0));
                assert!(f64::from(largest) > 3.5 * deviation, "{init:?}: {largest}");
            }
        }
    }
}

#[test]
fn a_seed_gives_its_recorded_values() {
    // Computed by another implementation of the generator and the laws.
    let uniform = [0.6335219581143995, 0.6958373810761549, -0.5270711323025231];
    let normal = [0.7271611786409121, -0.6068563555798934, -0.32704707943584926];
    assert_close(&values(Init::GlorotUniform, 0, 2, 3)[..3], &uniform, 1e-7);
    assert_close(&values(Init::GlorotNormal, 0, 2, 3)[..3], &normal.map(|value| value * 0.4f64.sqrt()), 1e-7);
    assert_close(&values(Init::HeUniform, 0, 2, 3)[..3], &uniform.map(|value| value / 0.4f64.sqrt()), 1e-7);
    assert_close(&values(Init::HeNormal, 0, 2, 3)[..3], &normal, 1e-7);
    assert_close(&values(Init::Normal(0.1), 0, 2, 3)[..3], &normal.map(|value| value * 0.1), 1e-7);
}

#[test]
fn a_model_begins_with_its_seeds_values_layer_after_layer() {
    let compiled = |seed| {
        let net = Sequential::new([2]).add(Dense::new(3)).add(Dense::new(2).init(Init::HeNormal));
        net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), seed).unwrap()
    };
    let mut stream = Stream::new(5, Purpose::Initialisation);
    let (first, second) =
        (Init::GlorotUniform.values(&mut stream, &[2, 3]), Init::HeNormal.values(&mut stream, &[3, 2]));
    let mut model = compiled(5);
    assert_eq!(weights(&mut model, "dense_1.weight"), first);
    assert_eq!(weights(&mut model, "dense_2.weight"), second);
    assert_eq!(weights(&mut model, "dense_1.bias"), [0.0; 3]);
    assert_ne!(weights(&mut compiled(6), "dense_1.weight"), first);
}
