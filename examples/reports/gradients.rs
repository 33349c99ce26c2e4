//! Section 1: every gradient against differences of the loss.

use serde_json::json;
use wgrad::Result;
use wgrad::gradcheck::{BOUND, gradcheck_beside};

use crate::common::gradients::{Case, cases};
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
    let (mut rows, mut largest, mut of_device, mut passes) = (Vec::new(), 0f64, 0f64, true);
    for Case { title, net, loss, data } in cases(lab.flags.seed, lab.flags.smoke)? {
        let check = gradcheck_beside(&mut *backend, &net, loss, &data, lab.flags.seed)?;
        println!("{title}, {loss:?}: {:.1e}", check.relative());
        largest = largest.max(check.relative());
        passes &= check.passes();
        for row in &check.rows {
            let device = row.device.unwrap_or(f64::NAN);
            of_device = of_device.max(device);
            let names = [title.clone(), format!("{loss:?}"), row.name.clone()];
            let counts = [format!("{}×{}", row.shape[0], row.shape[1]), row.compared.to_string()];
            let numbers = [row.absolute, row.relative, device].map(|number| format!("{number:.1e}"));
            rows.push(names.into_iter().chain(counts).chain(numbers).collect());
        }
    }
    let verdict = if passes { "All pass" } else { "Some fail" };
    lab.page.text(&format!(
        "{verdict}: the largest relative difference is {largest:.1e}, the device's {of_device:.1e}."
    ));
    let header =
        ["model", "loss", "gradient of", "shape", "compared", "largest |a − n|", "relative", "device, f32"];
    lab.page.table("gradients", &header, &rows)?;
    let figures = json!({ "passes": passes, "relative": largest, "device_relative": of_device });
    lab.metrics.insert("gradients".into(), figures);
    Ok(())
}
