//! Samples, and what a model should make of them.

use std::rc::Rc;

use js_sys::{Float32Array, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;
use wgrad::data::digits::{Split, draw};
use wgrad::serde_json::Value;
use wgrad::{Dataset, Samples};

use crate::options::json;
use crate::thrown;

/// A dataset to train on, or to evaluate.
#[wasm_bindgen]
pub struct Data {
    pub(crate) samples: Rc<Dataset>,
    /// What a training is judged by after each epoch.
    pub(crate) judges: Option<Rc<Dataset>>,
}

impl Data {
    fn new(samples: Dataset) -> Self {
        Self { samples: Rc::new(samples), judges: None }
    }
}

#[wasm_bindgen]
impl Data {
    /// Samples that a model should give back as they are, each of this shape; bytes count from 0 to 1.
    pub fn autoencoder(
        #[wasm_bindgen(unchecked_param_type = "Float32Array | Uint8Array")] inputs: JsValue,
        #[wasm_bindgen(unchecked_param_type = "number | number[]")] shape: JsValue,
    ) -> Result<Data, JsError> {
        Ok(Self::new(Dataset::autoencoder(samples(&inputs, &shape)?)))
    }

    /// Samples of this shape that each have a class, counted from 0.
    pub fn classification(
        #[wasm_bindgen(unchecked_param_type = "Float32Array | Uint8Array")] inputs: JsValue,
        #[wasm_bindgen(unchecked_param_type = "number | number[]")] shape: JsValue,
        labels: Vec<u32>,
    ) -> Result<Data, JsError> {
        let data = Dataset::classification(samples(&inputs, &shape)?, labels);
        Ok(Self::new(data.map_err(thrown)?))
    }

    /// Samples with the numbers that a model should make of them, each of its shape.
    pub fn regression(
        #[wasm_bindgen(unchecked_param_type = "Float32Array | Uint8Array")] inputs: JsValue,
        #[wasm_bindgen(unchecked_param_type = "number | number[]")] shape: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Float32Array | Uint8Array")] targets: JsValue,
        #[wasm_bindgen(unchecked_param_type = "number | number[]", js_name = targetShape)]
        target_shape: JsValue,
    ) -> Result<Data, JsError> {
        let data = Dataset::pairs(samples(&inputs, &shape)?, samples(&targets, &target_shape)?);
        Ok(Self::new(data.map_err(thrown)?))
    }

    /// The same for a training that is judged by other samples after each epoch.
    #[wasm_bindgen(js_name = judgedBy)]
    pub fn judged_by(&self, others: &Data) -> Data {
        Self { samples: self.samples.clone(), judges: Some(others.samples.clone()) }
    }

    /// How many samples there are.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.samples.len()
    }
}

/// Numbers or bytes as samples of a shape.
pub fn samples(inputs: &JsValue, shape: &JsValue) -> Result<Samples, JsError> {
    let shape = sizes(shape)?;
    if let Some(bytes) = inputs.dyn_ref::<Uint8Array>() {
        return Samples::images(bytes.to_vec(), shape).map_err(thrown);
    }
    match inputs.dyn_ref::<Float32Array>() {
        Some(numbers) => Samples::shaped(numbers.to_vec(), shape).map_err(thrown),
        None => Err(JsError::new("samples are a Float32Array, or a Uint8Array of pixels")),
    }
}

/// A shape, or the width of rows.
fn sizes(shape: &JsValue) -> Result<Vec<usize>, JsError> {
    let sizes = match json(shape)? {
        Value::Array(sizes) => sizes,
        width => vec![width],
    };
    let size = |size: &Value| size.as_u64().map(|size| size as usize);
    let wrong = || JsError::new(&format!("{sizes:?} is no shape; it is a number, or a list of numbers"));
    sizes.iter().map(size).collect::<Option<_>>().ok_or_else(wrong)
}

/// Handwritten digits that the crate draws: 28 × 28 bytes each, image `i` of the digit `i` mod 10.
#[wasm_bindgen]
pub struct Digits {
    pixels: Vec<u8>,
    labels: Vec<u32>,
}

#[wasm_bindgen]
impl Digits {
    /// Draws so many; those to test with are others than those to train on.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: u32, count: usize, test: bool) -> Self {
        let images = draw(seed.into(), if test { Split::Test } else { Split::Train }, count);
        Self { pixels: images.pixels, labels: images.labels }
    }

    /// Row by row, one image after the other.
    #[wasm_bindgen(getter)]
    pub fn pixels(&self) -> Uint8Array {
        Uint8Array::from(&self.pixels[..])
    }

    /// The digits.
    #[wasm_bindgen(getter)]
    pub fn labels(&self) -> Uint32Array {
        Uint32Array::from(&self.labels[..])
    }
}
