//! Section 6: wgrad's own recipe.

use wgrad::Result;
use wgrad::serde_json::json;

use crate::autoencoders::{figures, show, table};
use crate::lab::Lab;
use crate::models::Which;

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("recipe", "wgrad's recipe");
    let pixels = lab.pixels();
    let trained = lab.trained(Which::Recipe)?;
    let (plan, test_mse, judged) = (&trained.plan, trained.test_mse, &trained.judged);
    let units: Vec<String> = plan.shape.encoder.iter().map(usize::to_string).collect();
    let recipe = format!(
        "{}-{} units and back with linear latents: a rectified latent can die, a linear one cannot. He's initial \
         weights, AdamW {} with an epoch of warm-up and half a cosine, batch {}, {} epochs.",
        pixels,
        units.join("-"),
        plan.rate,
        plan.batch,
        plan.epochs
    );
    let result = format!(
        "Test error {test_mse:.5}; a support vector machine on {} latents, C = {}, is right about {:.2} % of the test \
         images, {} support vectors, fitted in {:.1} s.",
        judged.rows,
        judged.c,
        judged.percent(),
        judged.support,
        judged.fit_seconds
    );
    let figures = json!({ "training": figures(trained), "svm": judged.json() });
    lab.page.text(&recipe);
    lab.page.text(&result);
    lab.metrics.insert("recipe".into(), figures);
    table(lab, "recipe", &[Which::Recipe])?;
    show(lab, Which::Recipe)
}
