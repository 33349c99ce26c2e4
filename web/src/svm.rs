//! Support vector machines.

use wasm_bindgen::prelude::*;
use wgrad::ndarray::ArrayView2;
use wgrad::svm::RbfSvm;

use crate::thrown;

/// A support vector machine with a radial kernel, which tells classes apart by rows of numbers: latents.
#[wasm_bindgen]
pub struct Svm(RbfSvm);

#[wasm_bindgen]
impl Svm {
    /// Fits one to rows of `width` numbers with a class each; `c` is the price of a mistake.
    pub fn fit(rows: &[f32], width: usize, labels: &[u32], c: f64) -> Result<Svm, JsError> {
        Ok(Self(RbfSvm::params().c(c).fit(view(rows, width)?, labels).map_err(thrown)?))
    }

    /// The class of each row.
    pub fn predict(&self, rows: &[f32]) -> Result<Vec<u32>, JsError> {
        self.0.predict(view(rows, self.0.features())?).map_err(thrown)
    }

    /// How many of the rows it was fitted to it keeps.
    #[wasm_bindgen(getter, js_name = supportVectors)]
    pub fn support_vectors(&self) -> usize {
        self.0.support_vectors()
    }
}

fn view(rows: &[f32], width: usize) -> Result<ArrayView2<'_, f32>, JsError> {
    let count = rows.len() / width.max(1);
    let wrong = |_| JsError::new(&format!("{} numbers are no rows of {width}", rows.len()));
    ArrayView2::from_shape((count, width), rows).map_err(wrong)
}
