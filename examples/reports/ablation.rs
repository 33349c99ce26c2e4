//! Section 7: what each part of the recipe brings.

use wgrad::Result;
use wgrad::serde_json::json;

use crate::Flags;
use crate::common::autoencoder::Autoencoder;
use crate::common::recipe::{Plan, Recipe};
use crate::lab::Lab;

/// A short run: it tells the parts apart, and leaves time for the other sections.
const SHORT_EPOCHS: usize = 6;
const SHORT_IMAGES: usize = 20_000;

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("ablation", "What each part of the recipe brings");
    let (mut rows, mut figures) = (Vec::new(), Vec::new());
    for (number, (name, plan)) in steps(&lab.flags).into_iter().enumerate() {
        let trained = lab.train(name, &format!("ablation_{number}"), plan)?;
        let (mse, judged) = (trained.test_mse, &trained.judged);
        let cells = [format!("{mse:.5}"), format!("{:.2}", judged.percent())];
        let seconds = trained.history.train_seconds();
        rows.push([name.to_string()].into_iter().chain(cells).chain([format!("{seconds:.1}")]).collect());
        figures
            .push(json!({ "part": name, "test_mse": mse, "svm": judged.json(), "train_seconds": seconds }));
        lab.metrics.insert("ablation".into(), figures.clone().into());
    }
    let Plan { images, epochs, svm_rows, svm_c, .. } =
        sized(Recipe::Wgrad.plan(), &lab.flags).within(lab.images.train.len());
    lab.page.text(&format!(
        "From the plain recipe (rectified {}-128-64-32, Adam 0.001, batch 256) to wgrad's own, each row with one part \
         more than the row above; the last part was tried, and is not in the recipe. {epochs} epochs of {images} images, a support vector machine on {svm_rows} latents, \
         C = {svm_c}.",
        lab.pixels()
    ));
    lab.page.table("ablation", &["part", "test loss", "right, %", "training, s"], &rows)
}

/// Takes a part of the second plan into the first.
type Change = fn(Plan, &Plan) -> Plan;

/// The way from the plain recipe to wgrad's own.
fn steps(flags: &Flags) -> Vec<(&'static str, Plan)> {
    let (plain, own) = (Recipe::Plain.plan(), Recipe::Wgrad.plan());
    let changes: [(&str, Change); 7] = [
        ("plain", |plan, _| plan),
        ("linear latents", |plan, _| reshaped(plan, |shape| shape.linear = true)),
        ("one hidden layer of 512 units", |plan, own| {
            reshaped(plan, |shape| shape.encoder.clone_from(&own.shape.encoder))
        }),
        ("batch 128", |plan, own| Plan { batch: own.batch, ..plan }),
        ("AdamW 0.002, warm-up, cosine", |plan, own| Plan {
            method: own.method,
            rate: own.rate,
            schedule: own.schedule,
            ..plan
        }),
        ("He's initial weights", |plan, own| reshaped(plan, |shape| shape.init = own.shape.init)),
        // Tried, and left out of the recipe.
        ("(a tenth of the pixels hidden)", |plan, _| reshaped(plan, |shape| shape.noise = 0.1)),
    ];
    let step = |plan: &mut Plan, (name, change): (&'static str, Change)| {
        *plan = change(plan.clone(), &own);
        Some((name, plan.clone()))
    };
    changes.into_iter().scan(sized(Plan { epochs: own.epochs, ..plain }, flags), step).collect()
}

fn reshaped(mut plan: Plan, change: impl FnOnce(&mut Autoencoder)) -> Plan {
    change(&mut plan.shape);
    plan
}

/// The plan as it is in a full run, else less of it.
fn sized(plan: Plan, flags: &Flags) -> Plan {
    match flags {
        Flags { smoke: true, .. } => plan.quick(),
        Flags { full: true, .. } => plan,
        _ => Plan { images: SHORT_IMAGES, epochs: SHORT_EPOCHS, svm_rows: 10_000, ..plan },
    }
}
