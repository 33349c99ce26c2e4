//! What a training leaves behind.

use wgrad::{Dataset, Error, Fit, History, Optimizer, Sequential, layers::Dense, losses};

use crate::support::{cpu, drawn, linear, one_hot, samples};

fn history() -> History {
    let data = one_hot(&[1.0, 2.0]);
    let mut model = linear(2, Optimizer::sgd(0.25), 0);
    model.fit(&data, Fit::new().epochs(3).batch(2).validation(&data)).unwrap()
}

#[test]
fn epochs_carry_losses_rates_and_samples() {
    let history = history();
    // The weights' errors shrink by 0.75 an epoch, the loss is before it and the validation's after it.
    for (number, epoch) in history.epochs.iter().enumerate() {
        let before = 2.5 * 0.75f64.powi(2 * number as i32);
        let after = before * 0.75 * 0.75;
        assert!((epoch.metrics.loss - before).abs() < 1e-6, "{epoch}");
        assert!((epoch.validation.unwrap().loss - after).abs() < 1e-6, "{epoch}");
        assert_eq!((epoch.epoch, epoch.of, epoch.rate, epoch.samples), (number + 1, 3, 0.25, 2));
        assert!(epoch.metrics.accuracy.is_none() && epoch.seconds > 0.0 && epoch.throughput() > 0.0);
    }
    assert_eq!(history.best().unwrap().epoch, 3);
    assert!(history.dispatches_per_step == 0 && history.compile_seconds > 0.0, "the CPU dispatches nothing");
    assert!(
        (history.train_seconds() - history.epochs.iter().map(|epoch| epoch.seconds).sum::<f64>()).abs()
            < 1e-12
    );
}

#[test]
fn the_csv_has_a_row_an_epoch() {
    let csv = history().to_csv();
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let head = [
        "epoch",
        "loss",
        "accuracy",
        "validation_loss",
        "validation_accuracy",
        "learning_rate",
        "seconds",
        "samples_per_second",
    ];
    assert_eq!((lines.len(), lines[0].as_slice()), (4, head.as_slice()));
    assert_eq!(
        (lines[1][0], lines[1][1], lines[1][2], lines[1][4], lines[1][5]),
        ("1", "2.5", "", "", "0.25")
    );
    for line in &lines[1..] {
        assert_eq!(line.len(), 8);
        assert!(
            line.iter().enumerate().all(|(i, cell)| i == 2 || i == 4 || cell.parse::<f64>().is_ok()),
            "{line:?}"
        );
    }
}

#[test]
fn the_csv_has_accuracies_where_targets_are_labels_and_is_written_to_files() {
    let data = Dataset::classification(samples(&drawn(1, 6, 2)), vec![0, 1, 2, 0, 1, 2]).unwrap();
    let net = Sequential::new([2]).add(Dense::new(3));
    let mut model = net.compile(cpu(), losses::SoftmaxCrossEntropy::new(), Optimizer::sgd(0.1), 0).unwrap();
    let history = model.fit(&data, Fit::new().epochs(2).validation(&data)).unwrap();
    assert_eq!(history.last().unwrap().validation, Some(model.evaluate(&data).unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.csv");
    history.write_csv(&path).unwrap();
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, history.to_csv());
    let cells: Vec<f64> =
        written.lines().nth(2).unwrap().split(',').map(|cell| cell.parse().unwrap()).collect();
    assert!((0.0..=1.0).contains(&cells[2]) && (0.0..=1.0).contains(&cells[4]));
    let error = history.write_csv(folder.path().join("missing/history.csv")).unwrap_err();
    assert!(matches!(error, Error::Write { .. }) && error.to_string().contains("missing"), "{error}");
}

#[test]
fn an_epoch_prints_as_one_line() {
    let mut epoch = history().last().unwrap().clone();
    epoch.seconds = 0.001;
    assert_eq!(
        epoch.to_string(),
        "epoch 3/3: loss 0.79102, validation 0.44495, 2000 samples/s, learning rate 2.50e-1"
    );
    epoch.validation.as_mut().unwrap().accuracy = Some(0.5);
    assert!(epoch.to_string().contains("validation 0.44495 (50.00 % right)"), "{epoch}");
}

#[test]
fn an_empty_history_has_no_best() {
    assert!(History::default().best().is_none() && History::default().last().is_none());
    assert_eq!(History::default().to_csv().lines().count(), 1);
}

#[test]
fn the_time_left_goes_by_the_last_epoch_whatever_ran_before_a_resumption() {
    let mut history = history();
    for (epoch, seconds) in history.epochs.iter_mut().zip([100.0, 100.0, 2.0]) {
        (epoch.of, epoch.seconds) = (8, seconds);
    }
    assert_eq!(history.seconds_left(), 5.0 * 2.0);
}
