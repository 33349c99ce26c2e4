//! A case of `recorded.json`: libsvm's solutions of it, and where ours differ.

use std::collections::HashSet;

use ndarray::{Array2, ArrayView1, Axis, concatenate, stack};
use serde_json::Value;
use wgrad::svm::{ClassWeights, RbfSvm, RbfSvmParams};

use crate::made_up::Set;

/// The tolerance at which libsvm's two solutions of a case, its rows in order and the other way round, agree to
/// [`CLOSE`].
const FINE: f64 = 1e-8;
/// Decisions differ by no more, relative to those beyond the margin.
const CLOSE: f64 = 1e-6;
/// Solutions at the default tolerance are as far from the fine one as libsvm's in double precision, times this: of
/// two of those, one may be 2.6 times as far as the other. Or they are as far as those of libsvm as it is.
const COARSE: f64 = 3.0;
/// Support vectors more or less: rows on their margin, whose α is next to 0.
const ON_MARGIN: u64 = 2;
/// The same of all support vectors at the default tolerance, at which whole α may be missing.
const ON_COARSE_MARGIN: f64 = 0.02;
/// Steps after which a pair of classes that libsvm does not solve is not solved either.
const FEW_STEPS: u64 = 10_000;

/// What a fit may come to.
struct Theirs {
    /// The most by which decisions differ.
    close: f64,
    /// Numbers of different support vectors.
    support: Vec<u64>,
    /// Support vectors more or less.
    spare: u64,
    /// Numbers of rows that are classified right.
    right: Vec<u64>,
}

impl Theirs {
    /// The same at the default tolerance, whether libsvm rounds or not.
    fn at_the_default(mut self, fine: &Value, default: &Value) -> Self {
        self.close = (COARSE * real(&fine["coarse"]).max(1e-3)).max(real(&default["off"]));
        self.spare += (ON_COARSE_MARGIN * self.support[0] as f64) as u64;
        self.support.push(count(&default["support_vectors"]));
        self.right.push(count(&default["right"]));
        self
    }
}

pub struct Case<'a> {
    pub case: &'a Value,
    pub set: &'a Set,
}

impl Case<'_> {
    fn params(&self) -> RbfSvmParams {
        let weights = match &self.case["weights"] {
            Value::Null => ClassWeights::Equal,
            Value::Array(pairs) => ClassWeights::Given(pairs.iter().map(label_and_weight).collect()),
            _ => ClassWeights::Balanced,
        };
        let (c, gamma) = (real(&self.case["c"]), real(&self.case["gamma"]));
        RbfSvm::params().c(c).gamma(Some(gamma)).class_weights(weights)
    }

    /// What differs, in words.
    pub fn differences(&self) -> Vec<String> {
        let fine = &self.case["fine"];
        if fine.get("no_answer").is_some() {
            return self.unsolved();
        }
        let support: Vec<u64> = fine["support_vectors"].as_array().unwrap().iter().map(count).collect();
        let theirs = Theirs { close: CLOSE, support, spare: ON_MARGIN, right: vec![count(&fine["right"])] };
        let mut found = self.compare("fine", self.params().tolerance(FINE), &theirs);
        let default = &self.case["default"];
        if default.get("no_answer").is_none() {
            found.extend(self.compare("default", self.params(), &theirs.at_the_default(fine, default)));
        }
        found
    }

    /// Where a fit differs from libsvm's.
    fn compare(&self, at: &str, params: RbfSvmParams, theirs: &Theirs) -> Vec<String> {
        let (rows, labels) = self.set;
        let svm = match params.fit(rows.view(), labels) {
            Ok(svm) if svm.warnings().is_empty() => svm,
            Ok(svm) => return vec![format!("{at}: {:?}", svm.warnings())],
            Err(error) => return vec![format!("{at}: {error}")],
        };
        let mut found = Vec::new();
        let far = self.distance(&svm);
        if far > theirs.close {
            found.push(format!("{at}: decisions differ by {far:.1e}, more than {:.1e}", theirs.close));
        }
        let ours = distinct(&svm.parts().support_vectors);
        if !within(ours, &theirs.support, theirs.spare) {
            found.push(format!("{at}: {ours} different support vectors, libsvm has {:?}", theirs.support));
        }
        let predicted = svm.predict(rows.view()).unwrap();
        let ours = predicted.iter().zip(labels).filter(|(a, b)| a == b).count() as u64;
        if !within(ours, &theirs.right, 0) {
            found.push(format!("{at}: {ours} rows are right, with libsvm {:?}", theirs.right));
        }
        found
    }

    /// What libsvm does not solve within its steps is told as such.
    fn unsolved(&self) -> Vec<String> {
        let (rows, labels) = self.set;
        let fit = self.params().tolerance(FINE).max_iterations(Some(FEW_STEPS)).fit(rows.view(), labels);
        match fit {
            Ok(svm) if svm.warnings().is_empty() => vec!["no warning".to_string()],
            Ok(_) => Vec::new(),
            Err(error) => vec![error.to_string()],
        }
    }

    /// The largest difference of decisions at the probes, relative to those beyond the margin.
    fn distance(&self, svm: &RbfSvm) -> f64 {
        let decisions = svm.decision_values(probes(self.set).view()).unwrap();
        let ours = decisions.select(Axis(1), &pairs(decisions.ncols()));
        let theirs: Vec<f64> = self.case["fine"]["decisions"].as_array().unwrap().iter().map(real).collect();
        assert_eq!(ours.len(), theirs.len());
        ours.iter().zip(theirs).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f64::max)
    }
}

/// Whether a number is between some others, or no further from them than is to spare.
fn within(number: u64, others: &[u64], spare: u64) -> bool {
    others.iter().any(|other| number <= other + spare) && others.iter().any(|other| number + spare >= *other)
}

/// How many rows differ: of equal ones, any may be the support vector.
fn distinct(rows: &Array2<f32>) -> u64 {
    let rows: HashSet<Vec<u32>> = rows.outer_iter().map(|row| row.mapv(f32::to_bits).to_vec()).collect();
    rows.len() as u64
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn real(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn label_and_weight(pair: &Value) -> (u32, f64) {
    (count(&pair[0]) as u32, real(&pair[1]))
}

/// Rows of at most ten classes, a point between the first class and the last, and one far from all.
fn probes((rows, labels): &Set) -> Array2<f32> {
    let mut classes = labels.clone();
    classes.sort_unstable();
    classes.dedup();
    let some = classes.len().min(10);
    let classes: Vec<u32> = (0..some).map(|index| classes[index * classes.len() / some]).collect();
    let first = |label: &u32| labels.iter().position(|other| other == label).unwrap();
    let last = |label: &u32| labels.iter().rposition(|other| other == label).unwrap();
    let firsts: Vec<usize> = classes.iter().map(first).collect();
    let lasts: Vec<usize> = classes.iter().take(4).map(last).collect();
    let row = |index: usize| -> ArrayView1<f32> { rows.row(index) };
    let between = (&row(firsts[0]) + &row(firsts[some - 1])) * 0.5;
    let far = between.mapv(|_| 1e6);
    let added = stack![Axis(0), between, far];
    concatenate![Axis(0), rows.select(Axis(0), &[firsts, lasts].concat()), added]
}

/// The first, the middle and the last pair of classes.
fn pairs(count: usize) -> Vec<usize> {
    let mut pairs = vec![0, count / 2, count - 1];
    pairs.dedup();
    pairs
}
