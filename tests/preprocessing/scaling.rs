//! Features on one scale: scikit-learn's numbers, on every backend, in files, and what is refused.

use ndarray::{Array2, ArrayView2};
use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu, Reference, Verify};
use wgrad::layers::{Dense, Flatten, Layer, Normalize, Relu, ScalingError, Standardize};
use wgrad::{Dataset, Error, Fit, Model, Optimizer, Precision, Result, Samples, Sequential, losses};

use crate::support::gpu;
use crate::{assert_near, numbers, recorded, uniform};

fn table(value: &serde_json::Value) -> Array2<f32> {
    Array2::from_shape_vec((value.as_array().unwrap().len(), 5), numbers(value)).unwrap()
}

fn samples(rows: &Array2<f32>) -> Samples {
    Samples::reals(rows.view()).unwrap()
}

fn compiled(net: Sequential, backend: impl Backend + 'static) -> Model {
    net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap()
}

fn values(rows: Array2<f32>) -> Vec<f32> {
    rows.into_iter().collect()
}

/// That a layer does what scikit-learn's scaler does, on every backend and on the host.
fn assert_recorded(
    name: &str,
    layer: impl Layer + Clone,
    transform: impl Fn(&Samples) -> Result<Samples>,
    inverse: impl Fn(ArrayView2<'_, f32>) -> Result<Array2<f32>>,
) {
    let scaled = recorded("scaled");
    let (test, outputs) = (table(&scaled["test"]), table(&scaled["outputs"]));
    let wanted = numbers(&scaled[name]["transformed"]);
    assert_near(&values(transform(&samples(&test)).unwrap().to_array()), &wanted, 2e-5);
    assert_near(&values(inverse(outputs.view()).unwrap()), &numbers(&scaled[name]["inverse"]), 2e-6);
    let mut devices: Vec<Box<dyn Backend>> = vec![
        Box::new(Reference::<f64>::new()),
        Box::new(Cpu::<f32>::with_threads(2).unwrap()),
        Box::new(Verify::new(Cpu::<f32>::new().unwrap()).unwrap()),
    ];
    devices.extend(gpu().map(|gpu| Box::new(gpu) as Box<dyn Backend>));
    for device in devices {
        let mut model = compiled(Sequential::new([5]).add(layer.clone()), device);
        assert_near(&values(model.predict(&samples(&test)).unwrap()), &wanted, 2e-5);
    }
}

#[test]
fn standardized_features_are_those_of_scikit_learn() {
    let scaled = recorded("scaled");
    let scale = Standardize::of(&samples(&table(&scaled["train"]))).unwrap();
    for (found, key) in [(scale.mean(), "mean"), (scale.std(), "std")] {
        let wanted = numbers(&scaled["standardize"][key]);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() <= 2e-7 * wanted.abs(), "{key}: {found} instead of {wanted}");
        }
    }
    assert_eq!((scale.mean()[4], scale.std()[4]), (0.1, 1.0)); // constant
    let (there, back) = (scale.clone(), scale.clone());
    assert_recorded("standardize", scale, |x| there.transform(x), |y| back.inverse_transform(y));
}

#[test]
fn normalized_features_are_those_of_scikit_learn() {
    let scaled = recorded("scaled");
    let train = samples(&table(&scaled["train"]));
    let scale = Normalize::of(&train).unwrap();
    assert_eq!(scale.min(), numbers(&scaled["normalize"]["min"]));
    assert_eq!(scale.max(), numbers(&scaled["normalize"]["max"]));
    // A target of a probability is no more than 1.
    let ends = scale.transform(&train).unwrap().to_array();
    assert!(ends.iter().all(|x| (0.0..=1.0).contains(x)) && ends.iter().any(|x| *x == 1.0));
    let (there, back) = (scale.clone(), scale.clone());
    assert_recorded("normalize", scale, |x| there.transform(x), |y| back.inverse_transform(y));
}

#[test]
fn a_feature_is_a_number_of_the_last_dimension() {
    // Two images of 1 × 2 pixels with three channels, as bytes: 255 counts as 1.
    let pixels = vec![255, 0, 51, 0, 0, 51, 255, 0, 51, 0, 255, 51];
    let images = Samples::images(pixels, [1, 2, 3]).unwrap();
    let scale = Standardize::of(&images).unwrap();
    assert_near(scale.mean(), &[0.5, 0.25, 0.2], 1e-6);
    assert_near(scale.std(), &[0.5, 0.433_012_7, 1.0], 1e-6);
    let net = Sequential::new([1, 2, 3]).add(scale.clone()).add(Flatten);
    let found = values(compiled(net, Cpu::<f32>::new().unwrap()).predict(&images).unwrap());
    assert_near(&found, &values(scale.transform(&images).unwrap().to_array()), 1e-6);
    assert_near(&found[..4], &[1.0, -0.577_350_3, 0.0, -1.0], 1e-6);
    assert_eq!(Normalize::of(&images).unwrap().max(), [1.0, 1.0, 0.2]);
}

/// Houses of 4 features, of which halves could not tell one year from the next, nor hold the area.
fn houses() -> (Samples, Array2<f32>) {
    let (mut rows, mut prices) = (Vec::new(), Vec::new());
    for random in uniform(3, 4 * 64).chunks(4) {
        let (area, year) = (70_000.0 + 60_000.0 * random[0], 2000.0 + (8.0 * random[1]).floor());
        rows.extend([area, year, random[2], random[3]]);
        prices.push((area - 100_000.0) / 60_000.0 + (year - 2003.5) / 4.0 - random[2]);
    }
    let prices = Array2::from_shape_vec((64, 1), prices).unwrap();
    (Samples::rows(rows, 4).unwrap(), prices)
}

#[test]
fn large_numbers_are_scaled_in_f32_where_the_model_is_of_halves() {
    let (houses, prices) = houses();
    let data = Dataset::pairs(houses.clone(), Samples::reals(prices.view()).unwrap()).unwrap();
    for precision in [Precision::F32, Precision::F16] {
        let net = Sequential::new([4]).precision(precision).add(Standardize::of(&houses).unwrap());
        let net = net.add(Dense::new(16)).add(Relu).add(Dense::new(4)).add(Dense::new(1));
        let adam = Optimizer::adam(0.01);
        let mut model = net.compile(Cpu::<f32>::new().unwrap(), losses::MeanSquaredError, adam, 1).unwrap();
        model.fit(&data, Fit::new().epochs(200).batch(16)).unwrap();
        let loss = model.evaluate(&data).unwrap().loss;
        assert!(loss < 3e-3, "{precision}: {loss}");
    }
}

#[test]
fn files_have_the_numbers() {
    let folder = tempdir().unwrap();
    let [path, again] = ["model", "again"].map(|name| folder.path().join(name));
    let third = [1.0 / 3.0, -7.5e-12, 3e30];
    let net = Sequential::new([3])
        .add(Standardize::new(third, [0.1, 1e-30, 2e33]).unwrap())
        .add(Normalize::new([-0.1, 0.3, 0.0], [0.7, 0.3, 1e-3]).unwrap())
        .add(Dense::new(2));
    let mut model = compiled(net, Cpu::<f32>::new().unwrap());
    model.save(&path).unwrap();
    let mut loaded = Model::load(&path, Cpu::<f32>::new().unwrap()).unwrap();
    loaded.save(&again).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&again).unwrap());
    let rows = Samples::rows(uniform(4, 30), 3).unwrap();
    assert_eq!(loaded.predict(&rows).unwrap(), model.predict(&rows).unwrap());
}

#[test]
fn numbers_that_scale_nothing_are_refused() {
    let refused = |found: Result<Standardize>| match found {
        Err(Error::Scaling(error)) => error,
        other => panic!("{other:?}"),
    };
    let error = refused(Standardize::new([0.0, 1.0], [1.0]));
    assert_eq!(error.to_string(), "2 values of mean and 1 of std; give one of each for every feature");
    assert!(matches!(refused(Standardize::new([], [])), ScalingError::Count { first: 0, second: 0, .. }));
    let error = refused(Standardize::new([0.0, f32::NAN], [1.0, 1.0]));
    assert_eq!(error.to_string(), "the mean of feature 1 is NaN; it must be finite");
    for std in [0.0, -1.0, 1e-39] {
        assert_eq!(refused(Standardize::new([0.0], [std])), ScalingError::Deviation { feature: 0, std });
    }
    for (min, max) in [(1.0, 0.5), (-3e38, 3e38)] {
        match Normalize::new([0.0, min], [0.0, max]) {
            Err(Error::Scaling(error)) => assert_eq!(error, ScalingError::Range { feature: 1, min, max }),
            other => panic!("{other:?}"),
        }
    }
    assert!(Normalize::of(&Samples::rows([-3e38, 3e38], 1).unwrap()).is_err());
}

#[test]
fn samples_of_other_features_are_refused() {
    let scale = Standardize::new([0.0; 3], [1.0; 3]).unwrap();
    let error = Sequential::new([2, 4]).add(scale.clone()).summary().unwrap_err().to_string();
    assert!(error.contains("layer standardize_1") && error.contains("shape 2×4"), "{error}");
    assert!(error.contains("has not the 3 features"), "{error}");
    let error = scale.inverse_transform(Array2::zeros((1, 2)).view()).unwrap_err().to_string();
    assert!(error.contains("shape 2 ") && error.contains("3 features"), "{error}");
    assert!(scale.transform(&Samples::rows([0.0; 4], 4).unwrap()).is_err());
    let error = Sequential::integers([3]).add(scale).summary().unwrap_err().to_string();
    assert!(error.contains("takes numbers, and gets integers"), "{error}");
}
