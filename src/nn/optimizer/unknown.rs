//! An optimizer that a file describes, and this crate does not know.

use serde_json::{Map, Value};

use super::method::{Method, Trained};
use crate::program::recorder::Recorder;

/// It keeps what the file says. A model with it predicts, and does not train.
#[derive(Clone, Debug)]
pub(super) struct Unknown {
    pub(super) name: String,
    pub(super) settings: Map<String, Value>,
    pub(super) moments: usize,
}

impl Method for Unknown {
    fn name(&self) -> &str {
        &self.name
    }

    fn settings(&self) -> Map<String, Value> {
        self.settings.clone()
    }

    fn moments(&self) -> usize {
        self.moments
    }

    fn record(&self, _: &mut Recorder, _: &Trained) {
        unreachable!("Optimizer::check_training has refused it")
    }
}
