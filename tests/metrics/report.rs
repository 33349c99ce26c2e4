//! The classification report against values worked out by hand.

use ndarray::array;
use wgrad::metrics::{ClassReport, MetricsError};

const TRUTH: [u32; 9] = [10, 10, 10, 10, 20, 20, 20, 30, 30];
const PREDICTED: [u32; 9] = [10, 10, 20, 40, 20, 20, 10, 20, 20];

fn report() -> ClassReport {
    ClassReport::new(&TRUTH, &PREDICTED).unwrap()
}

#[test]
fn the_confusion_matrix_counts_truth_down_and_predictions_across() {
    let expected = array![[2, 1, 0, 1], [1, 2, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0]];
    assert_eq!(*report().confusion(), expected);
    let labels: Vec<_> = report().classes().iter().map(|class| class.class).collect();
    assert_eq!(labels, [10, 20, 30, 40]);
}

#[test]
fn accuracy_is_the_share_of_the_diagonal() {
    assert_eq!(report().accuracy(), 4.0 / 9.0);
    assert_eq!(ClassReport::new(&TRUTH, &TRUTH).unwrap().accuracy(), 1.0);
}

#[test]
fn precision_recall_and_f1_follow_their_definitions() {
    let report = report();
    let expected = [
        (2.0 / 3.0, 2.0 / 4.0, 4.0 / 7.0, 4),
        (2.0 / 5.0, 2.0 / 3.0, 4.0 / 8.0, 3),
        (0.0, 0.0, 0.0, 2), // never predicted: precision 0/0
        (0.0, 0.0, 0.0, 0), // never true: recall 0/0
    ];
    for (class, (precision, recall, f1, support)) in report.classes().iter().zip(expected) {
        let scores = class.scores;
        assert_eq!(
            (scores.precision, scores.recall, scores.f1),
            (precision, recall, f1),
            "class {}",
            class.class
        );
        assert_eq!(class.support, support);
    }
}

#[test]
fn averages_weigh_classes_or_rows() {
    let close = |a: f64, b: f64| (a - b).abs() < 1e-15;
    let plain = report().macro_average();
    assert!(close(plain.precision, (2.0 / 3.0 + 2.0 / 5.0) / 4.0), "{plain:?}");
    assert!(close(plain.recall, (1.0 / 2.0 + 2.0 / 3.0) / 4.0), "{plain:?}");
    assert!(close(plain.f1, (4.0 / 7.0 + 1.0 / 2.0) / 4.0), "{plain:?}");
    let weighted = report().weighted_average();
    assert!(close(weighted.precision, (4.0 * 2.0 / 3.0 + 3.0 * 2.0 / 5.0) / 9.0), "{weighted:?}");
    assert!(close(weighted.recall, report().accuracy()), "{weighted:?}");
    assert!(close(weighted.f1, (4.0 * 4.0 / 7.0 + 3.0 / 2.0) / 9.0), "{weighted:?}");
}

#[test]
fn the_report_prints_as_an_aligned_table() {
    let expected = "         class  precision     recall         f1    support

            10     0.6667     0.5000     0.5714          4
            20     0.4000     0.6667     0.5000          3
            30     0.0000     0.0000     0.0000          2
            40     0.0000     0.0000     0.0000          0

      accuracy                           0.4444          9
     macro avg     0.2667     0.2917     0.2679          9
  weighted avg     0.4296     0.4444     0.4206          9
";
    assert_eq!(report().to_string(), expected);
}

#[test]
fn the_confusion_matrix_prints_as_an_aligned_table() {
    let expected = "\
true \\ predicted  10  20  30  40
              10   2   1   0   1
              20   1   2   0   0
              30   0   2   0   0
              40   0   0   0   0";
    assert_eq!(report().confusion_table(), expected);
}

#[test]
fn tables_call_classes_by_their_names() {
    let named =
        report().named(|class| if class == 20 { "Größtes aller Tiere".into() } else { format!("c{class}") });
    assert_eq!(named.names(), ["c10", "Größtes aller Tiere", "c30", "c40"]);
    let (report, table) = (named.to_string(), named.confusion_table());
    assert!(
        report.contains("\n                c10     0.6667     0.5000     0.5714          4\n"),
        "{report}"
    );
    assert!(
        report.contains("\nGrößtes aller Tiere     0.4000     0.6667     0.5000          3\n"),
        "{report}"
    );
    let widths: Vec<usize> = table.lines().map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
    assert!(table.contains("\nGrößtes aller Tiere                    1                    2"), "{table}");
}

#[test]
fn bad_input_is_an_error_with_the_numbers() {
    assert_eq!(ClassReport::new(&[], &[]), Err(MetricsError::Empty));
    let error = ClassReport::new(&[1, 2], &[1]).unwrap_err();
    assert_eq!(error, MetricsError::Length { truth: 2, predicted: 1 });
    assert!(error.to_string().starts_with("2 true values against 1 predicted"), "{error}");
    let labels: Vec<u32> = (0..1001).collect();
    let error = ClassReport::new(&labels, &labels).unwrap_err();
    assert_eq!(error, MetricsError::TooManyClasses { classes: 1001, limit: 1000 });
}
