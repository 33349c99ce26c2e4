//! Parameters in and out.

use ndarray::{Array2, array};
use wgrad::layers::{Dense, Relu};
use wgrad::{Error, Fit, Model, Optimizer, Sequential, losses};

use crate::support::{cpu, drawn, regression, samples};

fn model(seed: u64) -> Model {
    let net =
        Sequential::new([3]).add(Dense::new(70)).add(Relu).add_named("out", Dense::new(2).without_bias());
    net.compile(cpu(), losses::MeanSquaredError, Optimizer::adam(0.01), seed).unwrap()
}

#[test]
fn parameters_have_names_and_shapes() {
    let mut model = model(0);
    let names: Vec<String> = model.parameter_names().map(str::to_string).collect();
    assert_eq!(names, ["dense_1.weight", "dense_1.bias", "out.weight"]);
    let shapes: Vec<_> = names.iter().map(|name| model.parameter(name).unwrap().dim()).collect();
    assert_eq!(shapes, [(3, 70), (1, 70), (70, 2)]);
}

#[test]
fn what_is_set_is_read_and_used_and_nothing_else_changes() {
    let mut model = model(0);
    let (weight, bias) = (drawn(1, 3, 70), drawn(2, 1, 70));
    let out = model.parameter("out.weight").unwrap();
    model.set_parameter("dense_1.weight", weight.view()).unwrap();
    model.set_parameter("dense_1.bias", bias.view()).unwrap();
    assert_eq!(model.parameter("dense_1.weight").unwrap(), weight);
    assert_eq!(model.parameter("dense_1.bias").unwrap(), bias);
    assert_eq!(model.parameter("out.weight").unwrap(), out);
    let numbers: Vec<f32> = bias.iter().map(|number| number - 0.5).collect();
    model.set_parameter_rows("dense_1.bias", &numbers).unwrap();
    assert_eq!(model.parameter("dense_1.bias").unwrap().as_slice(), Some(numbers.as_slice()));
    let short = model.set_parameter_rows("dense_1.bias", &numbers[1..]).unwrap_err();
    assert_eq!(short.to_string(), "parameter dense_1.bias is 1×70, and 69 values were given");
    model.set_parameter_rows("dense_1.weight", weight.as_slice().unwrap()).unwrap();
    model.set_parameter("dense_1.bias", bias.view()).unwrap();
    let inputs = drawn(3, 5, 3);
    let wanted = (inputs.dot(&weight) + bias).mapv(|x| x.max(0.0)).dot(&out);
    let found = model.predict(&samples(&inputs)).unwrap();
    assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{found}\n{wanted}");
}

#[test]
fn views_in_any_layout_are_taken() {
    let mut model = model(0);
    let turned = drawn(1, 70, 3);
    model.set_parameter("dense_1.weight", turned.t()).unwrap();
    assert_eq!(model.parameter("dense_1.weight").unwrap(), turned.t());
}

#[test]
fn wrong_names_and_shapes_are_named() {
    let mut model = model(0);
    let error = model.parameter("dense_1.wieght").unwrap_err();
    assert!(matches!(error, Error::ParameterName { .. }), "{error}");
    assert!(
        error.to_string().contains("dense_1.wieght")
            && error.to_string().contains("dense_1.weight, dense_1.bias")
    );
    let error = model.set_parameter("out.weight", array![[1.0, 2.0, 3.0]].view()).unwrap_err();
    assert!(matches!(error, Error::ParameterShape { .. }), "{error}");
    assert!(error.to_string().contains("out.weight is 70×2, and 1×3"), "{error}");
    assert!(model.set_parameter("nothing", Array2::zeros((1, 1)).view()).is_err());
}

#[test]
fn a_snapshot_brings_all_parameters_back() {
    let data = regression(&drawn(4, 20, 3), &drawn(5, 20, 2));
    let mut model = model(1);
    let (before, snapshot) = (model.evaluate(&data).unwrap(), model.snapshot().unwrap());
    model.fit(&data, Fit::new().epochs(20)).unwrap();
    assert!(model.evaluate(&data).unwrap().loss < 0.9 * before.loss);
    model.restore(&snapshot).unwrap();
    assert_eq!(model.evaluate(&data).unwrap(), before);
    let mut other = Sequential::new([3])
        .add(Dense::new(500))
        .compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0)
        .unwrap();
    assert!(other.restore(&snapshot).is_err());
}

#[test]
fn a_snapshot_of_as_many_numbers_in_another_shape_is_refused() {
    let compiled = |inputs: usize, units: usize| {
        let net = Sequential::new([inputs]).add(Dense::new(units).without_bias());
        net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap()
    };
    let snapshot = compiled(2, 6).snapshot().unwrap();
    assert!(compiled(3, 4).restore(&snapshot).is_err());
    compiled(2, 6).restore(&snapshot).unwrap();
}
