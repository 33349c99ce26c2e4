//! How JavaScript says what a training should be.

use wasm_bindgen::prelude::*;
use wgrad::Fit;
use wgrad::serde_json::{self, Value};

use crate::thrown;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Which device computes: a GPU in hardware where there is one, else the processor ("auto"), or one of the two. */
export type Backend = "auto" | "gpu" | "cpu";

/** A net with its loss, its optimizer and its seed, as the files of models describe them. */
export interface Description {
    version: number;
    layers: { name: string, kind: string, settings: object | null }[];
    loss: unknown;
    optimizer: object;
    seed: number;
    [more: string]: unknown;
}

export interface TrainOptions {
    /** Times that every sample is seen; 10 if not said. */
    epochs?: number;
    /** Samples of a step; 32 if not said. */
    batch?: number;
    /** Whether samples come in a new order in each epoch; they do if not said. */
    shuffle?: boolean;
}

/** How good a model is on samples. */
export interface Metrics {
    loss: number;
    /** The share of samples that get their class, where they have one. */
    accuracy?: number;
}

/** What happened in an epoch. */
export interface Epoch extends Metrics {
    /** Its number, the first being 1. */
    epoch: number;
    epochs: number;
    validation?: Metrics;
    rate: number;
    seconds: number;
    samples: number;
}

/** How the ops of a device agree with their definitions. */
export interface SelfCheck {
    device: string;
    passed: boolean;
    ops: {
        name: string,
        cases: number,
        /** Cases that need more than a limit of the device. */
        refused: number,
        values: number,
        /** The largest difference, as a share of what rounding explains. */
        largest: number,
        /** What went wrong first, and in which kernel. */
        failure?: string,
    }[];
}
"#;

/// What a training should be.
pub struct Settings {
    epochs: usize,
    batch: usize,
    shuffle: bool,
}

impl Settings {
    /// As an object says it.
    pub fn of(options: &JsValue) -> Result<Self, JsError> {
        let mut settings = Self { epochs: 10, batch: 32, shuffle: true };
        for (name, value) in json(options)?.as_object().into_iter().flatten() {
            let wrong = || JsError::new(&format!("the option {name} is {value}"));
            let number = || value.as_u64().map(|number| number as usize).ok_or_else(wrong);
            match name.as_str() {
                "epochs" => settings.epochs = number()?,
                "batch" => settings.batch = number()?,
                "shuffle" => settings.shuffle = value.as_bool().ok_or_else(wrong)?,
                _ => {
                    let why = format!("there is no option {name}; there are epochs, batch and shuffle");
                    return Err(JsError::new(&why));
                }
            }
        }
        Ok(settings)
    }

    /// As the library takes it.
    pub fn fit<'f>(&self) -> Fit<'f> {
        let fit = Fit::new().epochs(self.epochs).batch(self.batch);
        if self.shuffle { fit } else { fit.unshuffled() }
    }
}

/// An object of JavaScript, or its text.
pub fn json(value: &JsValue) -> Result<Value, JsError> {
    if value.is_undefined() || value.is_null() {
        return Ok(Value::Null);
    }
    let text = match value.as_string() {
        Some(text) => text,
        None => js_sys::JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_default(),
    };
    serde_json::from_str(&text).map_err(thrown)
}

/// An object for JavaScript.
pub fn object(value: &Value) -> Result<JsValue, String> {
    js_sys::JSON::parse(&value.to_string()).map_err(|error| format!("{error:?}"))
}
