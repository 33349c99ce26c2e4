//! What a file says of its model, in a file that has the arrays of one model and of one support vector machine.

#![no_main]

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use ndarray::aview2;
use safetensors::tensor::{Dtype, TensorView, serialize};
use wgrad::svm::RbfSvm;
use wgrad::{Dataset, Fit, Model, Optimizer, Sequential, backend::Cpu, losses};

/// Of `Dense::new(3)` and `Dense::new(1)` for 2 inputs.
const ARRAYS: [(&str, &[usize]); 4] = [
    ("dense_1.weight", &[2, 3]),
    ("dense_1.bias", &[3]),
    ("dense_2.weight", &[3, 1]),
    ("dense_2.bias", &[1]),
];

fn file(description: &str) -> Vec<u8> {
    let zeros = [0; 24];
    let array = |(name, shape): (&'static str, &[usize])| {
        let bytes = 4 * shape.iter().product::<usize>();
        (
            name,
            TensorView::new(Dtype::F32, shape.to_vec(), &zeros[..bytes]).expect("as long as its shape says"),
        )
    };
    let notes = HashMap::from([("wgrad".to_string(), description.to_string())]);
    serialize(ARRAYS.map(array), Some(notes)).expect("these arrays make a file")
}

fn load(path: &Path) {
    let _ = RbfSvm::load(path);
    let Ok(net) = Sequential::load(path) else { return };
    let _ = net.summary();
    if let Ok(mut model) = Cpu::<f32>::with_threads(1).and_then(|cpu| Model::load(path, cpu)) {
        let data = Dataset::regression(aview2(&[[0.0; 2]; 2]), aview2(&[[0.0]; 2])).expect("two samples");
        let _ = model.fit(&data, Fit::new().epochs(1).resume(path));
        model.save(path).expect("what was loaded can be saved");
        let _ = net.compile(
            Cpu::<f32>::with_threads(1).expect("a thread"),
            losses::MeanSquaredError,
            Optimizer::sgd(0.1),
            0,
        );
    }
}

fuzz_target!(|description: &str| {
    thread_local! {
        static FOLDER: RefCell<tempfile::TempDir> = RefCell::new(tempfile::tempdir().expect("a folder"));
    }
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join("file");
        std::fs::write(&path, file(description)).expect("a file");
        load(&path);
    });
});
