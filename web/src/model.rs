//! Models, as JavaScript sees them.

use js_sys::{Float32Array, Function, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;
use wgrad::backend::{Choice, Opened};
use wgrad::history::Epoch;
use wgrad::model::Metrics;
use wgrad::ndarray;
use wgrad::serde_json::{Value, json};

use crate::data::{Data, samples};
use crate::options::{Settings, json, object};
use crate::served::{Begun, Served};
use crate::thrown;
use crate::yielding::Yielding;

/// A net with its weights on a device, which trains and predicts.
#[wasm_bindgen]
pub struct Model {
    served: Served,
    device: String,
    note: Option<String>,
    description: String,
}

#[wasm_bindgen]
impl Model {
    /// Makes the net of a description, with initial weights.
    pub async fn create(
        #[wasm_bindgen(unchecked_param_type = "Description | string")] description: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Backend")] backend: Option<String>,
    ) -> Result<Model, JsError> {
        let description = json(&description)?;
        Self::on(backend, |backend| wgrad::Model::from_description(&description, backend)).await
    }

    /// Makes the model that the bytes of a file hold, of this package or of the native program.
    pub async fn load(
        bytes: Vec<u8>,
        #[wasm_bindgen(unchecked_optional_param_type = "Backend")] backend: Option<String>,
    ) -> Result<Model, JsError> {
        Self::on(backend, |backend| wgrad::Model::from_bytes(&bytes, backend)).await
    }

    async fn on(
        backend: Option<String>,
        make: impl FnOnce(Box<dyn wgrad::backend::Backend>) -> wgrad::Result<wgrad::Model>,
    ) -> Result<Model, JsError> {
        let choice: Choice = backend.as_deref().unwrap_or("auto").parse().map_err(thrown)?;
        let Opened { backend, note, .. } = choice.open_async(None).await.map_err(thrown)?;
        let info = backend.info();
        let backend = if info.backend == "cpu" { Box::new(Yielding::new(backend)) } else { backend };
        let device = info.to_string();
        let mut model = make(backend).map_err(thrown)?;
        // What the device has to say of it.
        model.snapshot_async().await.map_err(thrown)?;
        let description = model.description().to_string();
        Ok(Self { served: Served::start(model), device, note, description })
    }

    /// What it runs on.
    #[wasm_bindgen(getter)]
    pub fn device(&self) -> String {
        self.device.clone()
    }

    /// Why it runs there, where there is something to say.
    #[wasm_bindgen(getter)]
    pub fn note(&self) -> Option<String> {
        self.note.clone()
    }

    /// Its net, loss, optimizer and seed.
    #[wasm_bindgen(getter, unchecked_return_type = "Description")]
    pub fn description(&self) -> Result<JsValue, JsError> {
        js_sys::JSON::parse(&self.description).map_err(|error| JsError::new(&format!("{error:?}")))
    }

    /// Begins a training; `epoch` then trains. While it does, `progress` hears how
    /// many samples of the epoch are done, and of how many.
    pub async fn train(
        &self,
        data: &Data,
        #[wasm_bindgen(unchecked_optional_param_type = "TrainOptions")] options: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "(samples: number, of: number) => void")]
        progress: Option<Function>,
    ) -> Result<(), JsError> {
        let (data, validation) = (data.samples.clone(), data.judges.clone());
        let settings = Settings::of(&options)?;
        self.served.train(Begun { data, validation, settings, progress }).await.map_err(thrown)
    }

    /// Trains an epoch, and tells what happened in it; nothing where all are done.
    #[wasm_bindgen(unchecked_return_type = "Epoch | undefined")]
    pub async fn epoch(&self) -> Result<JsValue, JsError> {
        match self.served.epoch().await.map_err(thrown)? {
            Some(epoch) => object(&described(&epoch)).map_err(thrown),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// Has the epoch under way end soon, with an error; the model keeps what it has learned.
    pub fn stop(&self) {
        self.served.stop();
    }

    /// Ends the training; another may begin, with the optimizer where it is.
    pub async fn finish(&self) -> Result<(), JsError> {
        self.served.finish().await.map_err(thrown)
    }

    /// The outputs for inputs of this shape, one row after the other.
    #[wasm_bindgen(unchecked_return_type = "Float32Array")]
    pub async fn predict(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Float32Array | Uint8Array")] inputs: JsValue,
        #[wasm_bindgen(unchecked_param_type = "number | number[]")] shape: JsValue,
    ) -> Result<Float32Array, JsError> {
        let samples = samples(&inputs, &shape)?;
        let outputs = self.served.job(async move |model| model.predict_async(&samples).await).await;
        outputs.map(numbers).map_err(thrown)
    }

    /// What a layer makes of inputs of this shape: latents.
    #[wasm_bindgen(unchecked_return_type = "Float32Array")]
    pub async fn encode(
        &self,
        layer: String,
        #[wasm_bindgen(unchecked_param_type = "Float32Array | Uint8Array")] inputs: JsValue,
        #[wasm_bindgen(unchecked_param_type = "number | number[]")] shape: JsValue,
    ) -> Result<Float32Array, JsError> {
        let samples = samples(&inputs, &shape)?;
        let outputs = self.served.job(async move |model| model.encode_async(&layer, &samples).await).await;
        outputs.map(numbers).map_err(thrown)
    }

    /// The class of each input of this shape.
    #[wasm_bindgen(unchecked_return_type = "Uint32Array")]
    pub async fn classify(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Float32Array | Uint8Array")] inputs: JsValue,
        #[wasm_bindgen(unchecked_param_type = "number | number[]")] shape: JsValue,
    ) -> Result<Uint32Array, JsError> {
        let samples = samples(&inputs, &shape)?;
        let classes = self.served.job(async move |model| model.classify_async(&samples).await).await;
        classes.map(|classes| Uint32Array::from(&classes[..])).map_err(thrown)
    }

    /// How good it is on samples.
    #[wasm_bindgen(unchecked_return_type = "Metrics")]
    pub async fn evaluate(&self, data: &Data) -> Result<JsValue, JsError> {
        let data = data.samples.clone();
        let metrics = self.served.job(async move |model| model.evaluate_async(&*data).await).await;
        object(&of(metrics.map_err(thrown)?)).map_err(thrown)
    }

    /// A parameter by its name, such as `dense_1.weight`: inputs × units, row by row.
    #[wasm_bindgen(unchecked_return_type = "Float32Array")]
    pub async fn parameter(&self, name: String) -> Result<Float32Array, JsError> {
        let values = self.served.job(async move |model| model.parameter_async(&name).await).await;
        values.map(numbers).map_err(thrown)
    }

    /// Sets a parameter.
    #[wasm_bindgen(js_name = setParameter)]
    pub async fn set_parameter(&self, name: String, values: Vec<f32>) -> Result<(), JsError> {
        let set = async move |model: &mut wgrad::Model| model.set_parameter_rows(&name, &values);
        self.served.job(set).await.map_err(thrown)
    }

    /// The bytes of its file, which `load` and the native program read.
    #[wasm_bindgen(unchecked_return_type = "Uint8Array")]
    pub async fn save(&self) -> Result<Uint8Array, JsError> {
        let bytes = self.served.job(async |model| model.to_bytes_async().await).await;
        bytes.map(|bytes| Uint8Array::from(&bytes[..])).map_err(thrown)
    }
}

fn numbers(rows: ndarray::Array2<f32>) -> Float32Array {
    Float32Array::from(&rows.into_iter().collect::<Vec<_>>()[..])
}

fn of(metrics: Metrics) -> Value {
    let mut described = json!({ "loss": metrics.loss });
    if let Some(accuracy) = metrics.accuracy {
        described["accuracy"] = json!(accuracy);
    }
    described
}

fn described(epoch: &Epoch) -> Value {
    let mut described = of(epoch.metrics);
    described["epoch"] = json!(epoch.epoch);
    described["epochs"] = json!(epoch.of);
    described["rate"] = json!(epoch.rate);
    described["seconds"] = json!(epoch.seconds);
    described["samples"] = json!(epoch.samples);
    if let Some(validation) = epoch.validation {
        described["validation"] = of(validation);
    }
    described
}
