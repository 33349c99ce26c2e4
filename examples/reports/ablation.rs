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

/// Short runs of convolutions, which take longer.
const SHORT_EPOCHS_OF_CONVOLUTIONS: usize = 3;

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("ablation", "What each part of the recipes brings");
    let beginning = format!(
        "From the plain recipe (rectified {}-128-64-32, Adam 0.001, batch 256) to wgrad's own, each row with one part \
         more than the row above; the last part was tried, and is not in the recipe.",
        lab.pixels()
    );
    let steps = to_dense(&lab.flags);
    table(lab, "ablation", &beginning, steps)?;
    let beginning =
        "From there to the recipe with convolutions (autoencoder_gpu --recipe conv), as long as that trains.";
    let steps = to_convolutions(&lab.flags);
    table(lab, "ablation_conv", beginning, steps)
}

/// A part of a recipe, with what has it and all before it.
type Step = (&'static str, Plan);

/// Trains each step, and writes them as a table.
fn table(lab: &mut Lab, key: &str, beginning: &str, steps: Vec<Step>) -> Result<()> {
    let (mut rows, mut figures) = (Vec::new(), Vec::new());
    let sizes = steps.first().map(|(_, plan)| plan.clone().within(lab.images.train.len()));
    for (number, (name, plan)) in steps.into_iter().enumerate() {
        let trained = lab.train(name, &format!("{key}_{number}"), plan)?;
        let (mse, judged) = (trained.test_mse, &trained.judged);
        let cells = [format!("{mse:.5}"), format!("{:.2}", judged.percent())];
        let seconds = trained.history.train_seconds();
        rows.push([name.to_string()].into_iter().chain(cells).chain([format!("{seconds:.1}")]).collect());
        figures
            .push(json!({ "part": name, "test_mse": mse, "svm": judged.json(), "train_seconds": seconds }));
        lab.metrics.insert(key.into(), figures.clone().into());
    }
    if let Some(Plan { images, epochs, svm_rows, svm_c, .. }) = sizes {
        lab.page.text(&format!(
            "{beginning} {epochs} epochs of {images} images, a support vector machine on {svm_rows} latents, C = {svm_c}."
        ));
    }
    lab.page.table(key, &["part", "test loss", "right, %", "training, s"], &rows)
}

/// Takes a part of the second plan into the first.
type Change = fn(Plan, &Plan) -> Plan;

/// The way from the plain recipe to wgrad's own.
fn to_dense(flags: &Flags) -> Vec<Step> {
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
    let start = sized(Plan { epochs: own.epochs, ..plain }, SHORT_EPOCHS, flags);
    each(&changes, start, &own)
}

/// The way from there to the recipe with convolutions.
fn to_convolutions(flags: &Flags) -> Vec<Step> {
    let (dense, own) = (Recipe::Wgrad.plan(), Recipe::Conv.plan());
    let changes: [(&str, Change); 4] = [
        ("wgrad's recipe", |plan, _| plan),
        ("convolutions, 32 units and 512 behind them", |plan, own| Plan { shape: own.shape.clone(), ..plan }),
        ("averages of weights", |plan, own| Plan { average: own.average, ..plan }),
        ("AdamW 0.003", |plan, own| Plan { rate: own.rate, ..plan }),
    ];
    let start = sized(Plan { epochs: own.epochs, ..dense }, SHORT_EPOCHS_OF_CONVOLUTIONS, flags);
    each(&changes, start, &own)
}

/// The plans that one change after the other makes of the first.
fn each(changes: &[(&'static str, Change)], mut plan: Plan, own: &Plan) -> Vec<Step> {
    let mut steps = Vec::new();
    for (name, change) in changes {
        plan = change(plan, own);
        steps.push((*name, plan.clone()));
    }
    steps
}

fn reshaped(mut plan: Plan, change: impl FnOnce(&mut Autoencoder)) -> Plan {
    change(&mut plan.shape);
    plan
}

/// The plan as it is in a full run, else less of it.
fn sized(plan: Plan, epochs: usize, flags: &Flags) -> Plan {
    match flags {
        Flags { smoke: true, .. } => plan.quick(),
        Flags { full: true, .. } => plan,
        _ => Plan { images: SHORT_IMAGES, epochs, svm_rows: 10_000, ..plan },
    }
}
