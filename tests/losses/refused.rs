//! Settings and targets that make no loss, and with which words they are refused.

use super::*;

#[track_caller]
fn assert_refused(loss: impl Into<Losses>, words: &[&str]) {
    let net = Sequential::new([3]).add(Dense::new(4));
    let error = net
        .compile(Cpu::<f32>::new().unwrap(), loss, Optimizer::sgd(0.1), 0)
        .expect_err("settings that make no loss")
        .to_string();
    assert!(words.iter().all(|word| error.contains(word)), "{error}");
}

#[test]
fn settings_that_make_no_loss_are_refused() {
    assert_refused(Huber { delta: 0.0 }, &["huber of dense_1", "delta of 0", "positive"]);
    assert_refused(Huber { delta: f32::NAN }, &["delta of NaN"]);
    assert_refused(Quantile { quantile: 1.0 }, &["quantile of 1", "between 0 and 1"]);
    let softmax = SoftmaxCrossEntropy::new;
    assert_refused(softmax().class_weights([1.0; 3]), &["weights for 3 classes", "4 outputs"]);
    assert_refused(softmax().class_weights([1.0, -1.0, 1.0, 1.0]), &["class 1 by -1"]);
    assert_refused(softmax().class_weights([0.0; 4]), &["every class by 0"]);
    assert_refused(softmax().smoothing(1.0), &["smooths by 1"]);
    assert_refused(softmax().focal(-1.0), &["γ of -1"]);
    assert_refused(softmax().focal(1.0).smoothing(0.1), &["smooths by 0.1", "γ of 1"]);
    assert_refused(softmax().focal(1.0).soft_targets(), &["soft targets"]);
    assert_refused(BinaryCrossEntropy::logits().class_weights([1.0, f32::INFINITY]), &["class 1 by inf"]);
}

/// Of the classes that occur one must count, or nothing would ever be learnt.
#[test]
fn weights_of_0_for_all_classes_that_occur_are_refused() {
    let trained = |loss: Arc<dyn Loss>, outputs: usize, data: &Dataset| {
        let net = Sequential::new([1]).add(Dense::new(outputs));
        let mut model = net.compile(Cpu::<f32>::new().unwrap(), loss, Optimizer::sgd(0.1), 0).unwrap();
        assert!(model.evaluate(data).is_ok());
        model.fit(data, Fit::new().epochs(1)).map(|_| ())
    };
    let softmax = |weights: [f32; 3]| SoftmaxCrossEntropy::new().class_weights(weights);
    let samples = || Samples::rows([0.0, 1.0], 1).unwrap();
    let labels = Dataset::classification(samples(), vec![0, 1]).unwrap();
    let shares = Samples::rows([0.5, 0.5, 0.0, 1.0, 0.0, 0.0], 3).unwrap();
    let shares = Dataset::pairs(samples(), shares).unwrap();
    let zeros = Dataset::binary(samples(), vec![0, 0]).unwrap();
    let binary = |weights| Arc::new(BinaryCrossEntropy::logits().class_weights(weights));
    for (loss, outputs, data) in [
        (Arc::new(softmax([0.0, 0.0, 1.0])) as Arc<dyn Loss>, 3, &labels),
        (Arc::new(softmax([0.0, 0.0, 1.0]).soft_targets()), 3, &shares),
        (binary([0.0, 1.0]), 1, &zeros),
    ] {
        let error = trained(loss, outputs, data).unwrap_err().to_string();
        assert!(error.contains("every class that occurs has the weight 0"), "{error}");
    }
    trained(Arc::new(softmax([0.0, 1.0, 0.0])), 3, &labels).unwrap();
    trained(Arc::new(softmax([0.0, 1.0, 0.0]).soft_targets()), 3, &shares).unwrap();
    trained(binary([1.0, 0.0]), 1, &zeros).unwrap();
}

#[test]
fn targets_that_a_loss_does_not_take_are_refused_with_their_place() {
    let refused = |loss: Arc<dyn Loss>, targets: Array2<f32>, words: &[&str]| {
        let data = Dataset::regression(Array2::<f32>::zeros((2, 3)).view(), targets.view()).unwrap();
        let net = Sequential::new([3]).add(Dense::new(2));
        let mut model = net.compile(Cpu::<f32>::new().unwrap(), loss, Optimizer::sgd(0.1), 0).unwrap();
        let error = model.fit(&data, Fit::new()).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    let right = array![[0.0, 1.0], [1.0, 0.5]];
    refused(Arc::new(losses::Hinge), right.clone(), &["sample 0, column 0 is 0", "-1 or 1"]);
    refused(
        Arc::new(BinaryCrossEntropy::logits().focal(1.0)),
        right.clone(),
        &["sample 1, column 1 is 0.5", "0 or 1"],
    );
    refused(Arc::new(losses::KullbackLeibler), right, &["sample 1 add up to 1.5", "1 in all"]);
    let beyond = array![[0.5, 0.5], [1.5, -0.5]];
    refused(Arc::new(losses::KullbackLeibler), beyond, &["sample 1, column 0 is 1.5"]);
}

/// Records losses that are none.
#[derive(Debug)]
struct Unfinished(fn(&mut Recorder, Tensor, Tensor) -> Tensor);

impl Loss for Unfinished {
    fn name(&self) -> &str {
        "unfinished"
    }
    fn targets(&self) -> TargetKind {
        TargetKind::Numbers
    }
    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
        (self.0)(tape, output, target)
    }
}

#[test]
fn a_loss_of_ones_own_that_records_none_is_refused_by_its_name() {
    use wgrad::ops::{Binary, Operation};
    let refused = |record, words: &[&str]| {
        let loss: Arc<dyn Loss> = Arc::new(Unfinished(record));
        let mut model = compile(&loss, Precision::F32, Cpu::<f32>::new().unwrap());
        let error = model.fit(&data(&loss), Fit::new().batch(12)).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    refused(|_, output, _| output, &["unfinished", "12×4", "one real a sample"]);
    refused(
        |tape, _, _| tape.tensor("loss", Element::Real, 1, 1),
        &["unfinished", "1×1", "one real a sample"],
    );
    refused(|tape, _, _| tape.batched_of("loss", Element::U32, 1), &["unfinished", "U32"]);
    refused(|tape, _, _| tape.batched("loss", 1), &["unfinished", "no step of this tape writes"]);
    refused(|_, _, _| Recorder::new("other", 12).batched("loss", 1), &["unfinished", "no step of this tape"]);
    // The first fault is the one to tell.
    let misshaped = |tape: &mut Recorder, a: Tensor, b: Tensor| {
        let y = tape.batched("loss", 1);
        tape.push(Binary { operation: Operation::Difference, a, b, y });
        y
    };
    refused(misshaped, &["binary", "12×4 and 12×1"]);
}
