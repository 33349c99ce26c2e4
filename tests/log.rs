//! What the library tells a program's logger.

use std::sync::Mutex;

use log::{Level, LevelFilter, Log, Metadata, Record};
use tempfile::tempdir;
use wgrad::backend::Cpu;
use wgrad::callback::EarlyStopping;
use wgrad::layers::{Dense, Tanh};
use wgrad::ndarray::array;
use wgrad::{Dataset, Fit, Model, Optimizer, Sequential, losses};

/// What was told, with its level.
struct Told(Mutex<Vec<(Level, String)>>);

static TOLD: Told = Told(Mutex::new(Vec::new()));

impl Log for Told {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("wgrad")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push((record.level(), record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

fn model(rate: f32) -> Model {
    let net = Sequential::new([1]).add(Dense::new(3)).add(Tanh).add(Dense::new(1));
    net.compile(Cpu::<f32>::new().unwrap(), losses::MeanSquaredError, Optimizer::sgd(rate), 0).unwrap()
}

/// One test, since a process has one logger.
#[test]
fn a_training_tells_what_it_does() {
    log::set_logger(&TOLD).unwrap();
    log::set_max_level(LevelFilter::Info);
    let data = Dataset::regression(array![[0.0], [1.0]].view(), array![[1.0], [0.0]].view()).unwrap();
    let folder = tempdir().unwrap();
    let path = folder.path().join("c.safetensors");
    let mut stopping = EarlyStopping::new(5);
    let fit = Fit::new().epochs(2).batch(2).validation(&data).callback(&mut stopping).checkpoint(&path, 1);
    model(0.1).fit(&data, fit).unwrap();
    model(0.1).fit(&data, Fit::new().epochs(3).batch(2).validation(&data).resume(&path)).unwrap();
    assert!(model(1e30).fit(&data, Fit::new().epochs(9).batch(2)).is_err());

    let told = TOLD.0.lock().unwrap();
    let has = |level: Level, words: &str| {
        assert!(told.iter().any(|(of, text)| *of == level && text.contains(words)), "{words}: {told:?}");
    };
    has(Level::Info, "trains on 2 samples in batches of 2, 2 epochs, on cpu");
    has(Level::Info, "epoch 1/2");
    has(Level::Info, "wrote the checkpoint");
    has(Level::Info, "goes on from");
    has(Level::Info, "the weights of the best epoch");
    has(Level::Warn, "failed; the model gets the weights");
}
