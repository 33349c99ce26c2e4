//! Sets of two classes, and the classes that nets give.

use ndarray::array;
use wgrad::layers::{Dense, Sigmoid, Softmax, Tanh};
use wgrad::losses::{BinaryCrossEntropy, Hinge, KullbackLeibler, MeanSquaredError, SoftmaxCrossEntropy};
use wgrad::{Dataset, Error, Graph, Losses, Model, Optimizer, Result, Samples, Sequential};

use super::training::cpu;

#[test]
fn a_binary_set_has_labels_0_and_1() -> Result<()> {
    let samples = || Samples::rows([0.0, 1.0, 2.0], 1).unwrap();
    let numbers = Dataset::regression(samples().to_array().view(), array![[0.0], [1.0], [1.0]].view())?;
    assert_eq!(Dataset::binary(samples(), vec![0, 1, 1])?, numbers);
    assert_eq!(Dataset::binary(samples(), vec![false, true, true])?, numbers);
    assert_eq!(Dataset::binary(samples(), array![[0.0], [1.0], [1.0]])?, numbers);
    let error = Dataset::binary(samples(), vec![0, 1, 2]).unwrap_err().to_string();
    assert!(error.starts_with("the label of sample 2 is 2, and of two classes it is 0 or 1"), "{error}");
    let error = Dataset::binary(samples(), array![[0.0], [0.5], [1.0]]).unwrap_err().to_string();
    assert!(error.starts_with("the label of sample 1 is 0.5"), "{error}");
    let error =
        Dataset::binary(samples(), array![[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]).unwrap_err().to_string();
    assert!(error.starts_with("2 numbers for each sample"), "{error}");
    let error = Dataset::binary(samples(), vec![0, 1]).unwrap_err().to_string();
    assert!(error.starts_with("3 inputs and 2 targets"), "{error}");
    Ok(())
}

#[test]
fn a_binary_set_is_split_by_its_classes() -> Result<()> {
    let samples = Samples::rows((0..40).map(|i| i as f32).collect::<Vec<_>>(), 1)?;
    let data = Dataset::binary(samples.clone(), (0..40).map(|i| i % 10 == 0).collect::<Vec<_>>())?;
    let labels = Dataset::classification(samples.clone(), (0..40).map(|i| u32::from(i % 10 == 0)).collect())?;
    let (train, test) = data.stratified_split(0.25, 3)?;
    let (train_too, test_too) = labels.stratified_split(0.25, 3)?;
    assert_eq!((train.inputs(), test.inputs()), (train_too.inputs(), test_too.inputs()));
    let regression = Dataset::pairs(samples.clone(), samples)?;
    assert!(regression.stratified_split(0.25, 3).is_err());
    Ok(())
}

/// A net of one layer whose weights are 1, so that each output is the input.
fn of(width: usize, net: impl Fn(Sequential) -> Sequential, losses: impl Into<Losses>) -> Model {
    let net = net(Sequential::new([width]).add_named("dense", Dense::new(width)));
    let mut model = net.compile(cpu(), losses, Optimizer::sgd(0.1), 0).unwrap();
    let weight: Vec<f32> = (0..width * width).map(|at| f32::from(u8::from(at % (width + 1) == 0))).collect();
    model.set_parameter_rows("dense.weight", &weight).unwrap();
    model
}

#[test]
fn one_output_is_a_probability_or_a_logit() -> Result<()> {
    let samples = Samples::rows([-0.1, 0.0, 0.1, 0.6], 1)?;
    let plain = |net: Sequential| net;
    let wanted = [0, 0, 1, 1];
    assert_eq!(of(1, plain, BinaryCrossEntropy::logits()).classify(&samples)?, wanted);
    assert_eq!(of(1, plain, Hinge).classify(&samples)?, wanted);
    assert_eq!(of(1, |net| net.add(Sigmoid), BinaryCrossEntropy::new()).classify(&samples)?, wanted);
    assert_eq!(of(1, |net| net.add(Sigmoid), MeanSquaredError).classify(&samples)?, wanted);
    for mut model in [of(1, plain, MeanSquaredError), of(1, |net| net.add(Tanh), MeanSquaredError)] {
        let error = model.classify(&samples).unwrap_err();
        assert!(matches!(&error, Error::NoClasses { .. }), "{error}");
        assert!(error.to_string().contains("it is one number that is no probability"), "{error}");
    }
    Ok(())
}

#[test]
fn of_several_outputs_the_first_largest_is_the_class() -> Result<()> {
    let samples = Samples::rows([0.1, 0.5, 0.2, 0.7, 0.7, 0.7, -3.0, -2.0, -1.0], 3)?;
    let plain = |net: Sequential| net;
    let softmax = |net: Sequential| net.add(Softmax);
    let wanted = [1, 0, 2];
    assert_eq!(of(3, plain, SoftmaxCrossEntropy::new()).classify(&samples)?, wanted);
    assert_eq!(of(3, softmax, SoftmaxCrossEntropy::new()).classify(&samples)?, wanted);
    assert_eq!(of(3, plain, SoftmaxCrossEntropy::new().soft_targets()).classify(&samples)?, wanted);
    assert_eq!(of(3, plain, KullbackLeibler).classify(&samples)?, wanted);
    assert_eq!(of(3, softmax, MeanSquaredError).classify(&samples)?, wanted);
    let error = of(3, plain, MeanSquaredError).classify(&samples).unwrap_err().to_string();
    assert!(
        error.starts_with("the output dense gives no classes: it is 3 numbers that are no scores"),
        "{error}"
    );
    let error = of(3, plain, BinaryCrossEntropy::logits()).classify(&samples).unwrap_err().to_string();
    assert!(error.contains("each of its 3 numbers answers a question of its own"), "{error}");
    Ok(())
}

#[test]
fn an_output_that_is_no_number_is_no_class() -> Result<()> {
    let mut model = of(2, |net| net, SoftmaxCrossEntropy::new());
    model.set_parameter_rows("dense.weight", &[1.0, f32::MAX, 1.0, -f32::MAX])?;
    let error = model.classify(&Samples::rows([1.0, 1.0, 1e10, 1e10], 2)?).unwrap_err().to_string();
    assert!(error.starts_with("output 1 of sample 1 is not a number"), "{error}");
    Ok(())
}

#[test]
fn of_several_outputs_one_is_named() -> Result<()> {
    let mut net = Graph::new();
    let (a, b) = (net.input("a", [1]), net.input("b", [2]));
    let (one, two) = (net.add_named("one", Sigmoid, [a]), net.add_named("two", Softmax, [b]));
    net.output(one);
    net.output(two);
    let dense = net.add_named("dense", Dense::new(1), [a]);
    net.output(dense);
    let losses = [("one", MeanSquaredError), ("two", MeanSquaredError), ("dense", MeanSquaredError)];
    let mut model = net.compile(cpu(), losses, Optimizer::sgd(0.1), 0)?;
    let (a, b) = (Samples::rows([-1.0, 1.0], 1)?, Samples::rows([1.0, 2.0, 2.0, 1.0], 2)?);
    assert_eq!(model.classify_named("one", &[("a", &a)])?, [0, 1]);
    assert_eq!(model.classify_named("two", &[("a", &a), ("b", &b)])?, [1, 0]);
    let error = model.classify_named("dense", &[("a", &a)]).unwrap_err();
    assert!(matches!(&error, Error::NoClasses { output, .. } if output == "dense"), "{error}");
    let error = model.classify(&a).unwrap_err().to_string();
    assert!(error.contains("classify_named takes them by name"), "{error}");
    assert!(model.classify_named("three", &[("a", &a)]).is_err());
    Ok(())
}
