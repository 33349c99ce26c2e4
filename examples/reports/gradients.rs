//! Section 1: every gradient against differences of the loss.

use std::sync::Arc;

use wgrad::Result;
use wgrad::gradcheck::{BOUND, gradcheck_beside};
use wgrad::serde_json::json;

use crate::common::gradients::{Case, cases};
use crate::common::say;
use crate::lab::Lab;

pub fn write(lab: &mut Lab) -> Result<()> {
    lab.page.section("gradients", "Gradient checking");
    lab.page.text(&format!(
        "The numerical derivative is n = (L(w + h) − L(w − h)) / 2h in f64 on the CPU, extrapolated to h = 0 (Ridders, \
         1982); a is what the tape gives. Relative: |a − n| / max(|a|, |n|, a hundredth of the largest), which is to be \
         at most {BOUND:e}. Beside it, the largest difference of this device's f32 gradient, relative to the largest \
         element.",
    ));
    let mut backend = lab.backend()?;
    let (mut models, mut rows, mut whole, mut passes) = (Vec::new(), Vec::new(), [0f64; 3], true);
    for Case { title, net, loss, data } in cases(lab.flags.seed, lab.flags.smoke)? {
        let check = gradcheck_beside(&mut *backend, &net, Arc::clone(&loss), &data, lab.flags.seed)?;
        say(format_args!("{title}, {}: {:.1e}", loss.name(), check.relative()))?;
        passes &= check.passes();
        let names = [title, loss.name().to_string()];
        let mut worst = [0f64; 3];
        for row in &check.rows {
            let differences = [row.absolute, row.relative, row.device.unwrap_or(f64::NAN)];
            worst = larger(worst, differences);
            let place =
                [row.name.clone(), format!("{}×{}", row.shape[0], row.shape[1]), row.compared.to_string()];
            rows.push(names.iter().cloned().chain(place).chain(written(differences)).collect());
        }
        let compared: usize = check.rows.iter().map(|row| row.compared).sum();
        models.push(names.into_iter().chain([compared.to_string()]).chain(written(worst)).collect());
        whole = larger(whole, worst);
    }
    let [_, relative, of_device] = whole;
    let verdict = if passes { "All pass" } else { "Some fail" };
    lab.page.text(&format!(
        "{verdict}: the largest relative difference is {relative:.1e}, the device's {of_device:.1e}."
    ));
    let header = ["model", "loss", "compared", "largest |a − n|", "relative", "device, f32"];
    lab.page.table("gradients", &header, &models)?;
    let header =
        ["model", "loss", "gradient of", "shape", "compared", "largest |a − n|", "relative", "device, f32"];
    lab.page.folded_table("gradients_by_tensor", "Each tensor's", &header, &rows)?;
    let figures = json!({ "passes": passes, "relative": relative, "device_relative": of_device });
    lab.metrics.insert("gradients".into(), figures);
    Ok(())
}

fn larger(one: [f64; 3], other: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|i| one[i].max(other[i]))
}

fn written(differences: [f64; 3]) -> [String; 3] {
    differences.map(|difference| format!("{difference:.1e}"))
}
