//! Dropout's mask is not stored but computed again: the same bits on the GPU as on the CPU.

use proptest::prelude::*;
use wgrad::backend::{Backend, Cpu, Values};
use wgrad::ops::Dropout;
use wgrad::program::Batch;
use wgrad::{Recorder, Result};

use crate::support::gpu;

/// What dropout leaves of ones.
fn dropped(
    backend: &mut dyn Backend,
    [places, channels]: [usize; 2],
    rate: f32,
    layer: u32,
    batch: Batch,
) -> Result<Vec<f32>> {
    let mut tape = Recorder::new("dropout", batch.rows as usize);
    let [x, y] = ["x", "y"].map(|name| tape.batched(name, places * channels));
    tape.push(Dropout { x, y, channels: Some(channels), rate, layer });
    let program = backend.compile(&tape.finish()?)?;
    backend.write(x, Values::Real(&vec![1.0; x.len()]))?;
    backend.run(program, &[batch])?;
    let values = backend.read(y);
    backend.release(program);
    values
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn dropout_drops_the_same_elements(
        rows in 1usize..70,
        places in 1usize..4,
        channels in 1usize..70,
        rate in 0f32..0.999,
        layer: u32,
        epoch: u32,
        seed: u32,
    ) {
        let Some(mut gpu) = gpu() else { return Ok(()) };
        let mut batch = Batch::of(rows);
        (batch.epoch, batch.seed) = (epoch, seed);
        let there = dropped(&mut gpu, [places, channels], rate, layer, batch).unwrap();
        let here = dropped(&mut Cpu::<f32>::new().unwrap(), [places, channels], rate, layer, batch).unwrap();
        for (i, (a, b)) in there.iter().zip(&here).enumerate() {
            prop_assert!((a - b).abs() <= 1e-6 * b, "element {i}: {a} there and {b} on the CPU");
        }
    }
}
