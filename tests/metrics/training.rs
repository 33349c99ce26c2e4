//! Metrics of trainings: on which data, on every backend, of which output, in checkpoints, and what ends a training.

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu, Reference, Verify};
use wgrad::dataset::Targets;
use wgrad::layers::{Dense, Dropout, Sigmoid, Tanh};
use wgrad::metrics::{
    Accuracy, MeanAbsoluteError, Metric, MetricsError, Predictions, R2, RocAuc, TopKAccuracy,
};
use wgrad::{
    Dataset, Error, Fit, Graph, Losses, Model, Optimizer, Precision, Result, Samples, Sequential, losses,
};

use crate::support::gpu;

pub fn cpu() -> Cpu<f32> {
    Cpu::with_threads(1).unwrap()
}

/// Points of two classes that no line parts quite.
pub fn points(count: usize) -> (Samples, Vec<u32>) {
    let value = |i: usize, j: usize| ((i * 7 + j * 3 + i * i % 5) % 13) as f32 / 13.0;
    let rows = Array2::from_shape_fn((count, 2), |(i, j)| value(i, j));
    let labels = (0..count).map(|i| u32::from(value(i, 0) + 0.3 * value(i, 1) > 0.6) ^ u32::from(i % 9 == 0));
    (Samples::reals(rows.view()).unwrap(), labels.collect())
}

pub fn binary(count: usize) -> Dataset {
    let (samples, labels) = points(count);
    Dataset::binary(samples, labels).unwrap()
}

pub fn model_on(backend: impl Backend + 'static, rate: f32) -> Model {
    let net = Sequential::new([2]).add_named("first", Dense::new(4)).add(Tanh).add(Dropout::new(0.2));
    let net = net.add(Dense::new(1)).add(Sigmoid);
    net.compile(backend, losses::BinaryCrossEntropy::new(), Optimizer::sgd(rate), 3).unwrap()
}

#[test]
fn metrics_are_of_the_validation_data_if_there_is_some_with_the_weights_after_the_epoch() -> Result<()> {
    let (train, validation) = (binary(40), binary(17).with_weights(vec![0.5; 17])?);
    let mut backends: Vec<Box<dyn Backend>> =
        vec![Box::new(cpu()), Box::new(Reference::<f32>::new()), Box::new(Cpu::<f64>::new()?)];
    backends.extend(gpu().map(|gpu| Box::new(gpu) as Box<dyn Backend>));
    backends.extend(gpu().map(|gpu| Box::new(Verify::new(gpu).unwrap()) as Box<dyn Backend>));
    for backend in backends {
        let mut model = model_on(backend, 0.5);
        for (validation, judged) in [(Some(&validation), &validation), (None, &train)] {
            let fit = || Fit::new().epochs(3).batch(8).metric(RocAuc).metric(Accuracy::new());
            let fit = validation.map_or_else(fit, |data| fit().validation(data));
            let history = model.fit(&train, fit)?;
            let last = history.last().unwrap();
            let outputs = model.predict(judged.inputs())?;
            let Targets::Reals(truth) = judged.targets() else { panic!("numbers") };
            let predictions = Predictions::new(outputs.view(), truth.view())?.with_threshold(0.5)?;
            assert_eq!(last.score("roc_auc"), Some(RocAuc.compute(&predictions)?));
            assert_eq!(last.score("accuracy"), Some(Accuracy::new().compute(&predictions)?));
            assert_eq!(last.score("accuracy"), Some(model.score(judged, &Accuracy::new())?));
            assert_eq!(last.scores.len(), 2);
        }
    }
    Ok(())
}

#[test]
fn metrics_change_nothing_of_a_training() -> Result<()> {
    let (train, validation) = (binary(40), binary(17));
    let [mut with, mut without] = [0, 1].map(|_| model_on(cpu(), 0.5));
    let fit = || Fit::new().epochs(4).batch(7).validation(&validation);
    let scored = with.fit(&train, fit().metric(RocAuc))?;
    let plain = without.fit(&train, fit())?;
    assert_eq!(with.snapshot()?, without.snapshot()?);
    let losses = |history: &wgrad::History| -> Vec<f64> {
        history.epochs.iter().flat_map(|epoch| [epoch.metrics.loss, epoch.judged_loss()]).collect()
    };
    assert_eq!(losses(&scored), losses(&plain));
    assert!(plain.epochs.iter().all(|epoch| epoch.scores.is_empty()));
    assert!(plain.to_csv().starts_with(
        "epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds,samples_per_second\n"
    ));
    Ok(())
}

#[test]
fn weights_of_samples_weigh_metrics() -> Result<()> {
    let (samples, labels) = points(20);
    let weights: Vec<f32> = (0..20).map(|i| (i % 3) as f32).collect();
    let mut doubled = Vec::new();
    for (sample, weight) in weights.iter().enumerate() {
        doubled.extend(vec![sample; *weight as usize]);
    }
    let plain = Dataset::binary(samples, labels)?;
    let mut model = model_on(cpu(), 0.5);
    model.fit(&plain, Fit::new().epochs(5).batch(20))?;
    for metric in [&RocAuc as &dyn Metric, &Accuracy::new(), &MeanAbsoluteError, &R2] {
        let twice = model.score(&plain.select(&doubled)?, metric)?;
        let weighted = model.score(&plain.clone().with_weights(weights.clone())?, metric)?;
        assert!((twice - weighted).abs() < 1e-12, "{}: {twice} and {weighted}", metric.name());
        assert_ne!(weighted, model.score(&plain, metric)?, "{}", metric.name());
    }
    Ok(())
}

/// A net for the class and the size of points.
fn of_two(precision: Precision) -> Result<(Model, Dataset)> {
    let mut net = Graph::new();
    net.set_precision(precision);
    let x = net.input("x", [2]);
    let hidden = net.add(Dense::new(8), [x]);
    let (class, size) =
        (net.add_named("class", Dense::new(4), [hidden]), net.add_named("size", Dense::new(1), [x]));
    net.output(class);
    net.output(size);
    let losses = Losses::new().add("size", losses::MeanSquaredError, 1.0).add(
        "class",
        losses::SoftmaxCrossEntropy::new(),
        1.0,
    );
    let (samples, labels) = points(30);
    let sizes = Samples::rows(samples.to_array().sum_axis(ndarray::Axis(1)).to_vec(), 1)?;
    let data =
        Dataset::builder().input("x", samples).target("class", labels).target("size", sizes).build()?;
    Ok((net.compile(cpu(), losses, Optimizer::sgd(0.05), 1)?, data))
}

#[test]
fn of_several_outputs_a_metric_names_one() -> Result<()> {
    for precision in [Precision::F32, Precision::F16] {
        let (mut model, data) = of_two(precision)?;
        let fit = || Fit::new().epochs(20).batch(6);
        let metrics = fit().metric(TopKAccuracy::new(2).of("class")).metric(MeanAbsoluteError.of("size"));
        let metrics = metrics.metric(Accuracy::new().of("class"));
        let history = model.fit(&data, metrics)?;
        let last = history.last().unwrap();
        let names: Vec<_> = last.scores.iter().map(|score| score.name.as_str()).collect();
        assert_eq!(names, ["class_top_2_accuracy", "size_mean_absolute_error", "class_accuracy"]);
        assert_eq!(last.score("class_accuracy"), Some(model.evaluate(&data)?.accuracy.unwrap()));
        let outputs = model.predict_named(&[("x", data.inputs())])?;
        let sizes = data.inputs().to_array().sum_axis(ndarray::Axis(1)).insert_axis(ndarray::Axis(1));
        let apart = (&outputs["size"] - &sizes).mapv(|apart| f64::from(apart.abs())).mean().unwrap();
        assert!((last.score("size_mean_absolute_error").unwrap() - apart).abs() < 1e-6);
    }
    let (mut model, data) = of_two(Precision::F32)?;
    let error = model.fit(&data, Fit::new().metric(Accuracy::new())).unwrap_err().to_string();
    assert_eq!(
        error,
        "the metric accuracy: there are losses for size, class; say which output is judged by Metric::of"
    );
    let error = model.score(&data, &Accuracy::new().of("colour")).unwrap_err().to_string();
    assert!(error.contains("\"colour\" is no output with a loss; there are size, class"), "{error}");
    let error = model.score(&data, &MeanAbsoluteError.of("class")).unwrap_err().to_string();
    assert!(error.contains("the targets are labels, and this metric compares numbers"), "{error}");
    Ok(())
}

/// More outputs than are on the device at once.
#[test]
fn outputs_are_read_in_parts() -> Result<()> {
    let wide = 65_536;
    let inputs = Samples::rows((0..300).map(|i| i as f32 / 300.0).collect::<Vec<_>>(), 1)?;
    let targets =
        Samples::rows((0..300 * wide).map(|i| (i / wide) as f32 / 300.0).collect::<Vec<_>>(), wide)?;
    let data = Dataset::pairs(inputs, targets)?;
    let net = Sequential::new([1]).add_named("wide", Dense::new(wide));
    let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(1e-9), 0)?;
    model.set_parameter_rows("wide.weight", &vec![1.0; wide])?;
    let history = model.fit(&data, Fit::new().epochs(1).batch(100).metric(MeanAbsoluteError))?;
    assert!(history.epochs[0].score("mean_absolute_error").unwrap() < 1e-6, "{history}");
    Ok(())
}

#[test]
fn metrics_follow_what_is_frozen() -> Result<()> {
    let data = binary(40);
    let mut model = model_on(cpu(), 0.5);
    let mut training = model.training(&data, Fit::new().epochs(4).batch(8).accumulate(2).metric(R2))?;
    while let Some(epoch) = training.epoch()? {
        assert_eq!(epoch.score("r2"), Some(training.model().score(&data, &R2)?), "{epoch}");
        match epoch.epoch {
            1 => training.freeze("first")?,
            2 => training.thaw("first")?,
            _ => {}
        }
    }
    assert_eq!(training.finish()?.epochs.len(), 4);
    Ok(())
}

#[test]
fn scores_are_part_of_checkpoints_tables_and_lines() -> Result<()> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let data = binary(40);
    let fit = |epochs: usize| Fit::new().epochs(epochs).batch(8);
    let mut model = model_on(cpu(), 0.5);
    let first = model.fit(&data, fit(2).metric(R2).checkpoint(&path, 1))?;
    let second = model_on(cpu(), 0.5)
        .fit(&data, fit(3).metric(R2).metric(RocAuc).resume(&path).checkpoint(&path, 1))?;
    assert_eq!(
        second.epochs[..2].iter().map(|epoch| &epoch.scores).collect::<Vec<_>>(),
        first.epochs.iter().map(|epoch| &epoch.scores).collect::<Vec<_>>()
    );
    let third = model_on(cpu(), 0.5).fit(&data, fit(4).resume(&path))?;
    let scores: Vec<_> =
        third.epochs.iter().map(|epoch| [epoch.score("r2"), epoch.score("roc_auc")]).collect();
    let known: Vec<_> = scores.iter().map(|scores| scores.map(|score| score.is_some())).collect();
    assert_eq!(known, [[true, false], [true, false], [true, true], [false, false]]);
    let csv = third.to_csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].ends_with(",samples_per_second,score_r2,score_roc_auc"), "{csv}");
    assert!(lines[1].ends_with(&format!(",{},", scores[0][0].unwrap())), "{csv}");
    assert!(lines[3].ends_with(&format!(",{},{}", scores[2][0].unwrap(), scores[2][1].unwrap())), "{csv}");
    assert!(lines[4].ends_with(",,"), "{csv}");
    let line = third.epochs[2].to_string();
    assert!(
        line.contains(&format!(", r2 {:.5}, roc_auc {:.5}, ", scores[2][0].unwrap(), scores[2][1].unwrap())),
        "{line}"
    );
    Ok(())
}

#[test]
fn what_a_metric_cannot_judge_is_an_error_before_the_first_epoch() -> Result<()> {
    let data = binary(40);
    let one_class = Dataset::binary(Samples::rows([0.0, 1.0], 2)?, vec![1])?;
    let mut model = model_on(cpu(), 0.5);
    let before = model.state()?;
    let error = model.fit(&data, Fit::new().validation(&one_class).metric(RocAuc)).unwrap_err();
    let Error::Metric { metric, fault: MetricsError::OneClass { class: 0 } } = &error else {
        panic!("{error}")
    };
    assert_eq!(metric, "roc_auc");
    assert_eq!(
        error.to_string(),
        "the metric roc_auc: no sample is of class 0, so there are no two classes to tell apart; judge on samples of both"
    );
    let many = Fit::new().metric(Accuracy::new().threshold(0.25)).metric(Accuracy::new().threshold(0.25));
    let history = model.fit(&data, many.epochs(1))?;
    assert_eq!(history.epochs[0].scores.len(), 1);
    assert_eq!(history.epochs[0].scores[0].name, "accuracy_at_0.25");
    model.set_state(&before)?;
    for (name, other, words) in [
        ("a,b", "c", "a metric is called \"a,b\""),
        ("", "c", "a metric is called \"\""),
        ("a", "a", "two metrics are called a: Called(\"a\", 1) and Called(\"a\", 2)"),
    ] {
        let fit = Fit::new().metric(Called(name, 1)).metric(Called(other, 2));
        let error = model.fit(&data, fit).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let error = model.fit(&data, Fit::new().metric(Called("nan", 0))).unwrap_err().to_string();
    assert_eq!(error, "the metric nan: it is not a number; return an error that says why");
    assert_eq!(model.state()?, before);
    Ok(())
}

/// A metric with a name and a setting, which gives not a number.
#[derive(Debug)]
struct Called(&'static str, u8);

impl Metric for Called {
    fn name(&self) -> &str {
        self.0
    }

    fn compute(&self, _: &Predictions<'_>) -> Result<f64, MetricsError> {
        Ok(f64::from(self.1) * f64::NAN)
    }
}

/// Its only step makes weights infinite, after the loss of the epoch; and infinity times 0 is not a number.
#[test]
fn an_output_that_is_no_number_is_a_training_that_diverges() -> Result<()> {
    let data = Dataset::pairs(Samples::rows([1.0, 0.0], 1)?, Samples::rows([2.0, 3.0], 1)?)?;
    for validation in [None, Some(&data)] {
        let net = Sequential::new([1]).add_named("dense", Dense::new(1));
        let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(3e38), 0)?;
        model.set_parameter_rows("dense.weight", &[-10.0])?;
        let before = model.snapshot()?;
        let fit = || Fit::new().epochs(5).batch(2).metric(MeanAbsoluteError);
        let fit = validation.map_or_else(fit, |data| fit().validation(data));
        let error = model.fit(&data, fit).unwrap_err();
        match validation {
            None => assert!(matches!(error, Error::NotFinite { epoch: 1, batch: 0, .. }), "{error}"),
            Some(_) => assert!(matches!(error, Error::Loss { .. }), "{error}"),
        }
        assert_eq!(model.snapshot()?, before);
    }
    Ok(())
}
