//! Section 6: wgrad's own recipe.

use serde_json::json;
use wgrad::Result;

use crate::autoencoders::{figures, figures_row, show};
use crate::common::recipe::{BATCH, EPOCHS, RATE};
use crate::lab::{Lab, Which};
use crate::latents::{encode, json_of, judge};

/// All training rows.
const ROWS: usize = 60_000;
const C: f64 = 10.0;

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("recipe", "wgrad's recipe");
    let trained = lab.trained(Which::Recipe)?;
    let hidden = 100.0 * trained.shape.noise;
    let shape: Vec<String> = trained.shape.encoder.iter().map(usize::to_string).collect();
    let (row, figures, test_mse) = (figures_row(Which::Recipe, trained), figures(trained), trained.test_mse);
    lab.page.text(&format!(
        "784-{} units and back with linear latents: a rectified latent can die, a linear one cannot. He's initial \
         weights, {hidden:.0} % of the input pixels hidden in training, AdamW {RATE} with an epoch of warm-up and half a \
         cosine, batch {BATCH}, {EPOCHS} epochs.",
        shape.join("-")
    ));
    let header = ["network", "images", "epochs", "training loss", "test loss", "training, s", "images/s"];
    lab.page.table("recipe", &header, &[row])?;
    show(lab, Which::Recipe)?;
    let latents = encode(lab, Which::Recipe)?;
    let judged = judge(lab, &latents.train, &latents.test, ROWS, C)?;
    lab.page.text(&format!(
        "Test error {test_mse:.5}; a support vector machine on {} latents, C = {C}, is right about {:.2} % of the test \
         images, {} support vectors, fitted in {:.1} s. The aims are 0.0060 and 98.4 %; the first 32 principal \
         components reach 98.42 %.",
        judged.rows,
        100.0 * judged.report.accuracy(),
        judged.support,
        judged.fit_seconds
    ));
    lab.metrics.insert("recipe".into(), json!({ "training": figures, "svm": json_of(C, &judged) }));
    Ok(())
}
