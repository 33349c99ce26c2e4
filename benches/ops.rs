//! Every step of a training, on the CPU and on the GPU: time, GFLOP/s, GB/s, and shares of a ceiling measured first.

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{Ceiling, Single, W1, W3, Workload, backends, images, measure};
use criterion::{Criterion, criterion_group, criterion_main};
use wgrad::backend::Cpu;
use wgrad::program::Program;
use wgrad::{Result, losses};

fn ops(criterion: &mut Criterion) {
    for (name, mut backend) in backends() {
        let ceiling = Ceiling::of(&mut *backend).expect("a large product and a long sum");
        println!("{ceiling}");
        let mut group = criterion.benchmark_group(name);
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(800));
        let mut seen = BTreeSet::new();
        for workload in [W1, W3] {
            for (label, step) in steps(&workload).expect("a program") {
                if seen.insert(label.clone()) {
                    let mut single = Single::new(&mut *backend, &step, workload.batch).expect("a step");
                    let run = |times| single.run(&mut *backend, times as usize).expect("a run");
                    measure(&mut group, &format!("{name} {label}"), step.cost(), ceiling, run);
                    single.release(&mut *backend);
                }
            }
        }
        group.finish();
    }
}

/// The steps of a training, named by what they do at which shapes.
fn steps(workload: &Workload) -> Result<Vec<(String, Program)>> {
    let model =
        workload.net().compile(Cpu::<f32>::new()?, losses::MeanSquaredError, workload.optimizer(), 0)?;
    let program = model.training_program(&images(1_024), workload.batch)?;
    let labelled = |step: Program| {
        let shapes: Vec<_> = step.steps()[0].operands().iter().map(|(_, t)| t.to_string()).collect();
        (format!("{} {}", step.steps()[0].name(), shapes.join(" ")), step)
    };
    Ok(program.single_steps().map(labelled).collect())
}

criterion_group!(benches, ops);
criterion_main!(benches);
