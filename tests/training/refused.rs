//! Checkpoints that a training does not go on from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use wgrad::callback::{Callback, EarlyStopping, Flow};
use wgrad::layers::Dense;
use wgrad::model::Snapshot;
use wgrad::{
    Dataset, Error, FileFault, Fit, History, Model, Optimizer, Precision, Result, Schedule, Sequential,
    TensorFile, losses,
};

use crate::resume::{After, SAMPLES, cpu, data, model};

/// The fault of resuming from a checkpoint of two epochs with other settings.
fn refusal(
    change: impl FnOnce(&mut Sequential),
    optimizer: Optimizer,
    fit: Fit<'_>,
    rows: usize,
) -> FileFault {
    let folder = tempdir().unwrap();
    let (path, mut net) = (checkpoint_of_two_epochs(&folder), Sequential::new([6]).add(Dense::new(3)));
    change(&mut net);
    let mut model = net.compile(cpu(), losses::SoftmaxCrossEntropy::new(), optimizer, 11).unwrap();
    let before = model.snapshot().unwrap();
    let error = model.fit(&data(1, rows), fit.resume(&path)).unwrap_err();
    assert_eq!(model.snapshot().unwrap(), before, "nothing is loaded halfway");
    assert!(error.to_string().contains("two.safetensors"), "{error}");
    match error {
        Error::File { fault, .. } => fault,
        other => panic!("{other}"),
    }
}

fn cosine() -> Optimizer {
    Optimizer::sgd(0.1).schedule(Schedule::Cosine { floor: 0.0 })
}

fn checkpoint_of_two_epochs(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("two.safetensors");
    let net = Sequential::new([6]).add(Dense::new(3));
    let mut model = net.compile(cpu(), losses::SoftmaxCrossEntropy::new(), cosine(), 11).unwrap();
    model.fit(&data(1, SAMPLES), Fit::new().epochs(2).batch(10).checkpoint(&path, 1)).unwrap();
    path
}

#[test]
fn a_checkpoint_of_another_training_is_refused_with_both_values() {
    let fit = || Fit::new().epochs(2).batch(10);
    let same = |_: &mut Sequential| {};
    let test = data(2, 40);
    let differs = [
        (refusal(same, cosine(), fit().batch(5), SAMPLES), "training.batch", "10", "5"),
        (refusal(same, cosine(), fit().epochs(3), SAMPLES), "training.epochs", "2", "3"),
        (refusal(same, cosine(), fit().unshuffled(), SAMPLES), "training.shuffle", "true", "false"),
        (refusal(same, cosine(), fit().validation(&test), SAMPLES), "training.validation", "null", "40"),
        (refusal(same, cosine(), fit(), 149), "training.samples", "150", "149"),
        (refusal(same, cosine().clip_norm(0.5), fit(), SAMPLES), "optimizer.clip", "null", "0.5"),
        (
            refusal(
                |net| *net = Sequential::new([6]).add_named("scores", Dense::new(3)),
                cosine(),
                fit(),
                SAMPLES,
            ),
            "layers.0.name",
            "\"dense_1\"",
            "\"scores\"",
        ),
    ];
    for (fault, place, in_file, in_model) in differs {
        let FileFault::Differs { what, there, here } = &fault else { panic!("{fault}") };
        assert_eq!((what.as_str(), there.as_str(), here.as_str()), (place, in_file, in_model));
    }
}

#[test]
fn a_checkpoint_of_other_values_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let ([train, other], [test, more]) =
        ([1, 3].map(|seed| data(seed, SAMPLES)), [2, 4].map(|seed| data(seed, 40)));
    let fit = |test| Fit::new().epochs(2).batch(10).validation(test);
    model(cpu(), Optimizer::sgd(0.1)).fit(&train, fit(&test).checkpoint(&path, 1)).unwrap();
    for (train, test) in [(&other, &test), (&train, &more)] {
        let error = model(cpu(), Optimizer::sgd(0.1)).fit(train, fit(test).resume(&path)).unwrap_err();
        let Error::File { fault: FileFault::Differs { what, there, here }, .. } = error else {
            panic!("{error}")
        };
        assert!(what == "training.values" && there != here, "{what}: {there}, {here}");
    }
    model(cpu(), Optimizer::sgd(0.1)).fit(&train, fit(&test).resume(&path)).unwrap();
}

/// A training of halves whose checkpoints hold all that one can.
struct Everything {
    train: Dataset,
    test: Dataset,
}

impl Everything {
    fn new() -> Self {
        Self { train: data(1, SAMPLES), test: data(2, 40) }
    }

    fn model(&self) -> Model {
        let net = Sequential::new([6]).precision(Precision::F16).add(Dense::new(8)).add(Dense::new(3));
        net.compile(cpu(), losses::SoftmaxCrossEntropy::new(), Optimizer::adam(0.01), 11).unwrap()
    }

    fn fit<'a>(&'a self, stop: &'a mut EarlyStopping) -> Fit<'a> {
        Fit::new().epochs(4).batch(4).validation(&self.test).callback(stop)
    }

    /// Leaves a checkpoint from the middle of the third epoch.
    fn leave(&self, path: &Path) {
        let flag = AtomicBool::new(false);
        let (mut after, mut stop) = (After { calls: 5, flag: &flag }, EarlyStopping::new(9));
        let fit = self.fit(&mut stop).checkpoint(path, None).interrupt(&flag).callback(&mut after);
        let error = self.model().fit(&self.train, fit).unwrap_err();
        assert!(matches!(error, Error::Interrupted { epoch: 3, batches: 32, .. }), "{error}");
    }

    fn resume(&self, path: &Path) -> (Result<History>, Snapshot) {
        let (mut model, mut stop) = (self.model(), EarlyStopping::new(9));
        let outcome = model.fit(&self.train, self.fit(&mut stop).resume(path));
        (outcome, model.snapshot().unwrap())
    }
}

#[test]
fn every_array_of_a_checkpoint_is_needed_and_in_its_shape() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let training = Everything::new();
    training.leave(&path);
    let bytes = std::fs::read(&path).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    training.resume(&path).0.unwrap();
    let names: Vec<&str> = whole.names().into_iter().collect();
    for own in
        ["order", "history", "loss_scale", "losses", "hits", "early_stopping", "moments_2/dense_1.bias"]
    {
        assert!(names.contains(&format!("wgrad/{own}").as_str()), "{own}: {names:?}");
    }
    let untouched = training.model().snapshot().unwrap();
    for changed in names {
        let longer = |view: &TensorView<'_>| {
            let mut shape = view.shape().to_vec();
            let row = view.data().len() / shape[0];
            shape[0] += 1;
            (view.dtype(), shape, [view.data(), &view.data()[..row]].concat())
        };
        let (dtype, shape, data) = longer(&whole.tensor(changed).unwrap());
        let longer = TensorView::new(dtype, shape, &data).unwrap();
        let rest = || whole.tensors().into_iter().filter(|(name, _)| name != changed);
        let with_longer = rest().chain([(changed.to_string(), longer)]).collect::<Vec<_>>();
        for tensors in [rest().collect(), with_longer] {
            std::fs::write(&path, safetensors::serialize(tensors, metadata.metadata().clone()).unwrap())
                .unwrap();
            let (outcome, after) = training.resume(&path);
            let Err(error @ Error::File { .. }) = outcome else { panic!("{changed}: {outcome:?}") };
            assert!(error.to_string().contains(changed), "{changed}: {error}");
            assert_eq!(after, untouched, "{changed}");
        }
    }
}

#[test]
fn an_order_that_is_none_is_refused() {
    let folder = tempdir().unwrap();
    let path = checkpoint_of_two_epochs(&folder);
    let good = TensorFile::read(&path).unwrap();
    let order = good.integers("wgrad/order").unwrap();
    let (mut twice, mut beyond) = (order.clone(), order.clone());
    (twice[0], beyond[0]) = (order[1], SAMPLES as u32);
    for bad in [&twice, &beyond, &order[1..].to_vec()] {
        good.clone().with_integers("wgrad/order", bad).write(&path).unwrap();
        let net = Sequential::new([6]).add(Dense::new(3));
        let mut model = net.compile(cpu(), losses::SoftmaxCrossEntropy::new(), cosine(), 11).unwrap();
        let fit = Fit::new().epochs(2).batch(10).resume(&path);
        let error = model.fit(&data(1, SAMPLES), fit).unwrap_err();
        assert!(matches!(error, Error::File { fault: FileFault::Description { .. }, .. }), "{error}");
    }
}

#[test]
fn a_description_that_is_no_object_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let training = Everything::new();
    training.leave(&path);
    let bytes = std::fs::read(&path).unwrap();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let sound: Value = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["wgrad"]).unwrap();
    let with = |change: fn(&mut Value)| {
        let mut changed = sound.clone();
        change(&mut changed);
        changed.to_string()
    };
    let settings = with(|description| description["training"]["settings"] = json!(5));
    let steps = with(|description| description["training"]["steps"] = json!([]));
    let itself = with(|description| description["training"] = json!("begun"));
    for text in ["[]".to_string(), "5".into(), "\"x\"".into(), "null".into(), settings, steps, itself] {
        let notes = Some(HashMap::from([("wgrad".to_string(), text.clone())]));
        std::fs::write(&path, safetensors::serialize(whole.tensors(), notes).unwrap()).unwrap();
        let (outcome, _) = training.resume(&path);
        let refused = matches!(&outcome, Err(Error::File { fault: FileFault::Description { .. }, .. }));
        assert!(refused, "{text}: {outcome:?}");
    }
}

/// Takes no checkpoint.
struct Refuse;

impl Callback for Refuse {
    fn resume(&mut self, _: &TensorFile) -> Result<Flow, FileFault> {
        Err(FileFault::NoTraining)
    }
}

#[test]
fn where_a_callback_refuses_a_checkpoint_no_other_has_taken_from_it() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let training = Everything::new();
    training.leave(&path);
    let (mut model, mut stop, mut refuse) = (training.model(), EarlyStopping::new(9), Refuse);
    let before = model.snapshot().unwrap();
    let fit = training.fit(&mut stop).callback(&mut refuse).resume(&path);
    let error = model.fit(&training.train, fit).unwrap_err();
    assert!(matches!(error, Error::File { fault: FileFault::NoTraining, .. }), "{error}");
    assert_eq!(model.snapshot().unwrap(), before);
    // What the first callback has taken counts for nothing when a training begins anew.
    let (mut anew, mut fresh) = (training.model(), EarlyStopping::new(9));
    let few = data(5, 8);
    let [first, second] = [(&mut model, &mut stop), (&mut anew, &mut fresh)].map(|(model, stop)| {
        model.fit(&few, training.fit(stop).epochs(1)).unwrap();
        model.snapshot().unwrap()
    });
    assert_eq!(first, second);
}
