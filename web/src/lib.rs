//! wgrad for JavaScript: models that train and predict in a page, on WebGPU or on the processor.
//!
//! Their nets are the descriptions that model files hold, so a file of the native program loads here, and one of here there.

mod check;
mod data;
mod model;
mod options;
mod served;
mod svm;
mod yielding;

use wasm_bindgen::prelude::*;

/// An error as JavaScript sees it: its text.
fn thrown(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn tell(message: &str);
}

/// Has a fault of the crate's own leave its text in the console.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| tell(&panic.to_string())));
}
