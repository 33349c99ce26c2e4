//! Losses as files describe them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    BinaryCrossEntropy, CosineDistance, Hinge, Huber, KullbackLeibler, LogCosh, Loss, MeanAbsoluteError,
    MeanSquaredError, Quantile, SoftmaxCrossEntropy, TargetKind,
};
use crate::file::json::{list, real, text};
use crate::ops::one_for_each_row;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// A loss as a file describes it: its name, with its settings if it has any.
pub(crate) fn description(loss: &dyn Loss) -> Value {
    let mut settings = loss.settings();
    if settings.is_empty() {
        return json!(loss.name());
    }
    settings.insert("name".to_string(), json!(loss.name()));
    Value::Object(settings)
}

/// The loss that a file describes. One that is not of this crate compares nothing: the model predicts.
pub(crate) fn described(value: &Value) -> Result<Arc<dyn Loss>, String> {
    let name = match value {
        Value::String(name) => name,
        _ => text(value, "name")?,
    };
    Ok(match name {
        "mean_squared_error" => Arc::new(MeanSquaredError),
        "mean_absolute_error" => Arc::new(MeanAbsoluteError),
        "huber" => Arc::new(Huber { delta: real(value, "delta")? }),
        "log_cosh" => Arc::new(LogCosh),
        "quantile" => Arc::new(Quantile { quantile: real(value, "quantile")? }),
        "hinge" => Arc::new(Hinge),
        "binary_cross_entropy" => Arc::new(binary(BinaryCrossEntropy::new(), value)?),
        "binary_cross_entropy_logits" => Arc::new(binary(BinaryCrossEntropy::logits(), value)?),
        "softmax_cross_entropy" => Arc::new(softmax(value)?),
        "cosine_distance" => Arc::new(CosineDistance),
        "kullback_leibler" => Arc::new(KullbackLeibler),
        _ => {
            let mut settings = value.as_object().cloned().unwrap_or_default();
            settings.remove("name");
            Arc::new(Unknown { name: name.to_string(), settings })
        }
    })
}

/// One of each loss of the crate, and those with settings that change how it is recorded; of four classes, where they weigh classes.
///
/// ```
/// for loss in wgrad::losses::examples() {
///     println!("{}: {:?} from {:?}", loss.name(), loss.targets(), loss.outputs());
/// }
/// # assert!(wgrad::losses::examples().len() > 10);
/// ```
pub fn examples() -> Vec<Arc<dyn Loss>> {
    let weights = [1.0, 0.5, 2.0, 1.5];
    vec![
        Arc::new(MeanSquaredError),
        Arc::new(MeanAbsoluteError),
        Arc::new(Huber { delta: 0.3 }),
        Arc::new(LogCosh),
        Arc::new(Quantile { quantile: 0.8 }),
        Arc::new(Hinge),
        Arc::new(BinaryCrossEntropy::new()),
        Arc::new(BinaryCrossEntropy::logits()),
        Arc::new(BinaryCrossEntropy::new().focal(2.0)),
        Arc::new(BinaryCrossEntropy::logits().class_weights([0.5, 3.0]).smoothing(0.1)),
        Arc::new(SoftmaxCrossEntropy::new()),
        Arc::new(SoftmaxCrossEntropy::new().class_weights(weights).focal(1.5)),
        Arc::new(SoftmaxCrossEntropy::new().class_weights(weights).smoothing(0.1)),
        Arc::new(SoftmaxCrossEntropy::new().soft_targets().class_weights(weights)),
        Arc::new(CosineDistance),
        Arc::new(KullbackLeibler),
    ]
}

fn binary(loss: BinaryCrossEntropy, value: &Value) -> Result<BinaryCrossEntropy, String> {
    let loss = loss.smoothing(optional(value, "smoothing")?).focal(optional(value, "focal")?);
    match weights(value)? {
        Some(weights) => {
            let weights = <[f32; 2]>::try_from(weights);
            Ok(loss.class_weights(
                weights.map_err(|found| format!("{} class weights of two classes", found.len()))?,
            ))
        }
        None => Ok(loss),
    }
}

fn softmax(value: &Value) -> Result<SoftmaxCrossEntropy, String> {
    let loss =
        SoftmaxCrossEntropy::new().smoothing(optional(value, "smoothing")?).focal(optional(value, "focal")?);
    let loss = if value["soft_targets"] == true { loss.soft_targets() } else { loss };
    Ok(match weights(value)? {
        Some(weights) => loss.class_weights(weights),
        None => loss,
    })
}

fn optional(value: &Value, setting: &str) -> Result<f32, String> {
    if value[setting].is_null() { Ok(0.0) } else { real(value, setting) }
}

fn weights(value: &Value) -> Result<Option<Vec<f32>>, String> {
    if value["class_weights"].is_null() {
        return Ok(None);
    }
    let number = |weight: &Value| {
        weight.as_f64().map(|weight| weight as f32).ok_or(format!("{weight} is no weight of a class"))
    };
    list(value, "class_weights")?.iter().map(number).collect::<Result<_, _>>().map(Some)
}

/// The name and settings of a loss that this crate does not know.
#[derive(Debug)]
struct Unknown {
    name: String,
    settings: Map<String, Value>,
}

impl Loss for Unknown {
    fn name(&self) -> &str {
        &self.name
    }

    fn settings(&self) -> Map<String, Value> {
        self.settings.clone()
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Unknown
    }

    fn record(&self, tape: &mut Recorder, output: Tensor, _: Tensor) -> Tensor {
        tape.refuse(&self.name, "is a loss of another crate");
        one_for_each_row(tape, "losses", output)
    }
}
