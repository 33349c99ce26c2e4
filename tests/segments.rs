//! Programs that are cut at exchange points: run by two ranks, they do what one program does on all samples.

use wgrad::backend::{Backend, Cpu, ProgramId, Values};
use wgrad::ops::activation::{Activate, Tanh};
use wgrad::ops::{
    Binary, ClipFactor, ElementLoss, Elementary, Function, Momentum, Operation, SumSquares, Update,
};
use wgrad::program::{Batch, Segment};
use wgrad::{Element, Recorder, Tensor};

const COLS: usize = 3;

/// A program of two parameters for each column, and what tests write and read of it.
struct Net {
    tape: Recorder,
    x: Tensor,
    losses: Tensor,
    parameters: Tensor,
    gradients: Tensor,
}

/// `tanh(x · e^w)` against zeros; with `meets`, ranks exchange the sum of `e^w`.
fn net(capacity: usize, meets: bool) -> Net {
    let mut tape = Recorder::new("net", capacity);
    let [x, product, y, target] = ["x", "product", "y", "target"].map(|name| tape.batched(name, COLS));
    let losses = tape.batched("losses", 1);
    let [parameters, gradients, powers] =
        ["parameters", "gradients", "powers"].map(|name| tape.tensor(name, Element::Real, 1, COLS));
    tape.arena(parameters, gradients);
    tape.push(Elementary { function: Function::Exp, x: parameters, y: powers });
    let powers = if meets { tape.exchange(powers) } else { powers };
    tape.push(Binary { operation: Operation::Product, a: x, b: powers, y: product });
    tape.push(Activate { activation: Tanh.into(), x: product, y });
    tape.push(ElementLoss::new(wgrad::ops::loss::MeanSquaredError, y, target, losses));
    tape.keep(losses);
    tape.backward(losses);
    Net { tape, x, losses, parameters, gradients }
}

/// Samples of a rank.
fn samples(first: usize, count: usize) -> Vec<f32> {
    (first * COLS..(first + count) * COLS).map(|at| ((at * 5) % 7) as f32 / 7.0 - 0.4).collect()
}

fn compiled(cpu: &mut Cpu<f32>, segments: &[Segment]) -> Vec<ProgramId> {
    segments.iter().map(|segment| cpu.compile(&segment.program).unwrap()).collect()
}

/// Runs the same segments on all ranks, which exchange sums in between.
fn run(ranks: &mut [Cpu<f32>], ids: &[Vec<ProgramId>], segments: &[Segment], batch: Batch) {
    for (number, segment) in segments.iter().enumerate() {
        for (rank, ids) in ranks.iter_mut().zip(ids) {
            rank.run(ids[number], &[batch]).unwrap();
        }
        let Some(tensor) = segment.exchange else { continue };
        let mut sum = vec![0.0; tensor.len()];
        for rank in &mut *ranks {
            for (sum, own) in sum.iter_mut().zip(rank.read(tensor).unwrap()) {
                *sum += own;
            }
        }
        for rank in &mut *ranks {
            rank.write(tensor, Values::Real(&sum)).unwrap();
        }
    }
}

/// Clipping and an optimizer need the sum of all gradients.
#[test]
fn two_ranks_train_as_one() {
    let trained = |ranks: usize| {
        let Net { mut tape, x, parameters, gradients, .. } = net(8 / ranks, false);
        tape.exchange(gradients);
        let (sums, factor) =
            (tape.tensor("sums", Element::Real, 2, 4), tape.tensor("factor", Element::Real, 1, 1));
        let moments = vec![tape.tensor("moments", Element::Real, 1, COLS)];
        tape.push(SumSquares { x: gradients, sums });
        tape.push(ClipFactor { sums, factor, limit: 0.05 });
        let momentum = Momentum { momentum: 0.9, nesterov: false };
        tape.push(Update::new(momentum, parameters, gradients, factor, moments));
        let segments = tape.finish().unwrap().segments().unwrap();
        assert_eq!(
            segments.iter().map(|segment| segment.exchange).collect::<Vec<_>>(),
            [Some(gradients), None]
        );
        let mut cpus: Vec<_> = (0..ranks).map(|_| Cpu::<f32>::with_threads(1).unwrap()).collect();
        let ids: Vec<_> = cpus.iter_mut().map(|cpu| compiled(cpu, &segments)).collect();
        for (number, cpu) in cpus.iter_mut().enumerate() {
            cpu.write(x, Values::Real(&samples(number * 8 / ranks, 8 / ranks))).unwrap();
            cpu.write(parameters, Values::Real(&[0.3, -0.2, 0.1])).unwrap();
        }
        for _ in 0..5 {
            run(&mut cpus, &ids, &segments, Batch { rate: 0.5, global_rows: 8, ..Batch::of(8 / ranks) });
        }
        let [first, .., last] = &mut [cpus.remove(0), cpus.pop().unwrap_or(Cpu::new().unwrap())];
        let weights = first.read(parameters).unwrap();
        if ranks > 1 {
            assert_eq!(weights, last.read(parameters).unwrap());
        }
        weights
    };
    let (one, two) = (trained(1), trained(2));
    assert!(one.iter().zip(&two).all(|(one, two)| (one - two).abs() < 1e-6), "{one:?} {two:?}");
    assert!(one[0] < 0.29, "{one:?}");
}

/// On the way back the gradient of what was exchanged is exchanged as well.
#[test]
fn a_sum_over_ranks_has_the_derivative_of_a_sum() {
    let Net { tape, x, losses, parameters, gradients } = net(2, true);
    let segments = tape.finish().unwrap().segments().unwrap();
    assert_eq!(segments.len(), 3);
    let weights = [[0.3, -0.2, 0.1], [-0.5, 0.4, 0.0]];
    let total = |weights: [[f32; COLS]; 2]| {
        let mut cpus = [0, 1].map(|_| Cpu::<f32>::with_threads(1).unwrap());
        let ids: Vec<_> = cpus.iter_mut().map(|cpu| compiled(cpu, &segments)).collect();
        for (number, cpu) in cpus.iter_mut().enumerate() {
            cpu.write(x, Values::Real(&samples(2 * number, 2))).unwrap();
            cpu.write(parameters, Values::Real(&weights[number])).unwrap();
        }
        run(&mut cpus, &ids, &segments, Batch { global_rows: 4, ..Batch::of(2) });
        let loss: f32 = cpus.each_mut().map(|cpu| cpu.read(losses).unwrap().iter().sum::<f32>()).iter().sum();
        (f64::from(loss) / 4.0, cpus.map(|mut cpu| cpu.read(gradients).unwrap()))
    };
    let (_, found) = total(weights);
    for (rank, found) in found.iter().enumerate() {
        for (col, found) in found.iter().enumerate() {
            let moved = |by: f32| {
                let mut weights = weights;
                weights[rank][col] += by;
                total(weights).0
            };
            let expected = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((f64::from(*found) - expected).abs() < 2e-4, "{rank}, {col}: {found} and {expected}");
        }
    }
}

#[test]
fn a_program_without_exchanges_is_one_segment() {
    let Net { tape, .. } = net(2, false);
    let program = tape.finish().unwrap();
    let segments = program.segments().unwrap();
    assert_eq!((segments.len(), segments[0].exchange), (1, None));
    assert_eq!(segments[0].program.steps().len(), program.steps().len());
    // Passes leave no place of what is not there.
    assert_eq!(program.fused().segments().unwrap().len(), 1);
}

/// What a later segment reads of the batch is no step that nobody reads.
#[test]
fn passes_over_a_segment_leave_what_others_read() {
    let mut tape = Recorder::new("net", 2);
    let [x, y, z] = ["x", "y", "z"].map(|name| tape.batched(name, COLS));
    let row = tape.tensor("row", Element::Real, 1, COLS);
    tape.push(Activate { activation: Tanh.into(), x, y });
    tape.exchange(row);
    tape.push(Binary { operation: Operation::Product, a: y, b: row, y: z });
    tape.keep(z);
    let segments = tape.finish().unwrap().segments().unwrap();
    for segment in segments {
        assert_eq!(segment.program.without_unread_steps().fused().steps().len(), 1);
    }
}

/// What ranks exchange is read, though by no step: in the middle, at the end, and where its buffer is scratch.
#[test]
fn passes_over_a_segment_leave_what_is_exchanged() {
    for (is_last, scratch) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut tape = Recorder::new("sums", 2);
        let [x, y, z] = ["x", "y", "z"].map(|name| tape.batched(name, COLS));
        tape.push(Activate { activation: Tanh.into(), x, y });
        tape.exchange(y);
        if scratch {
            tape.scratch(y);
        }
        if !is_last {
            tape.push(Activate { activation: Tanh.into(), x, y: z });
            tape.keep(z);
        }
        let segments = tape.finish().unwrap().segments().unwrap();
        let program = segments[0].program.clone().without_unread_steps().fused();
        assert_eq!(program.steps().len(), 1, "last: {is_last}, scratch: {scratch}");
        assert!(!program.buffers()[&y.buffer].scratch);
    }
}

/// A backend knows it once it has the segment before, which has no step of it.
#[test]
fn what_is_exchanged_first_of_all_is_there() {
    let mut tape = Recorder::new("inputs", 2);
    let [x, y] = ["x", "y"].map(|name| tape.batched(name, COLS));
    let alone = tape.exchange(x);
    tape.push(Activate { activation: Tanh.into(), x: alone, y });
    tape.keep(y);
    let unused = tape.tensor("unused", Element::Real, 1, COLS);
    tape.exchange(unused);
    for segment in tape.finish().unwrap().segments().unwrap() {
        let Some(tensor) = segment.exchange else { continue };
        for program in [segment.program.clone(), segment.program.without_unread_steps().fused()] {
            let mut cpu = Cpu::<f32>::with_threads(1).unwrap();
            cpu.compile(&program).unwrap();
            cpu.write(tensor, Values::Real(&vec![1.0; tensor.len()])).unwrap();
            assert_eq!(cpu.read(tensor).unwrap(), vec![1.0; tensor.len()]);
        }
    }
}

#[test]
fn a_printed_program_shows_its_exchange_points() {
    let Net { mut tape, gradients, .. } = net(2, true);
    tape.exchange(gradients);
    let program = tape.finish().unwrap();
    let text = program.to_string();
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("exchange ") {
            found.push((number, line.trim_start().trim_start_matches("exchange").trim()));
        }
    }
    // Two lines stand before the steps; powers and their copy are the first two of these.
    assert_eq!(found[0], (4, "exchanged 1×3"), "{text}");
    assert_eq!(found[1].1, "exchanged.gradient 1×3", "{text}");
    assert_eq!(found[2], (text.lines().count() - 2, "gradients 1×3"), "{text}");
    assert_eq!(found.len(), 3);
    let whole = net(2, false).tape.finish().unwrap().to_string();
    assert!(!whole.contains("exchange"), "{whole}");
}

#[test]
fn a_program_of_joined_steps_says_what_to_cut() {
    let Net { tape, .. } = net(2, true);
    let message = tape.finish().unwrap().fused().segments().unwrap_err().to_string();
    assert!(!message.contains("step 0"), "{message}");
    for part in ["net", "exchange points are gone", "Recorder::finish"] {
        assert!(message.contains(part), "{message}");
    }
}

/// A rank without samples gives zeros, and updates what the others do.
#[test]
fn a_rank_without_samples_gives_zeros() {
    let trained = |shares: &[usize]| {
        let Net { mut tape, x, parameters, gradients, .. } = net(3, false);
        tape.exchange(gradients);
        let factor = tape.constant("factor", 1, &[1.0]);
        let momentum = Momentum { momentum: 0.9, nesterov: false };
        let moments = vec![tape.tensor("moments", Element::Real, 1, COLS)];
        tape.push(Update::new(momentum, parameters, gradients, factor, moments));
        let segments = tape.finish().unwrap().segments().unwrap();
        let mut ranks = Vec::new();
        for share in shares {
            let mut cpu = Cpu::<f32>::with_threads(1).unwrap();
            let ids = compiled(&mut cpu, &segments);
            cpu.write(x, Values::Real(&samples(0, 3))).unwrap();
            cpu.write(parameters, Values::Real(&[0.3, -0.2, 0.1])).unwrap();
            ranks.push((cpu, ids, *share));
        }
        for _ in 0..3 {
            let mut sum = vec![0.0; COLS];
            for (cpu, ids, share) in ranks.iter_mut().filter(|(_, _, share)| *share > 0) {
                cpu.run(ids[0], &[Batch { global_rows: 3, ..Batch::of(*share) }]).unwrap();
                for (sum, own) in sum.iter_mut().zip(cpu.read(gradients).unwrap()) {
                    *sum += own;
                }
            }
            for (cpu, ids, _) in &mut ranks {
                cpu.write(gradients, Values::Real(&sum)).unwrap();
                cpu.run(ids[1], &[Batch { rate: 0.5, ..Batch::of(1) }]).unwrap();
            }
        }
        let mut weights = Vec::new();
        for (mut cpu, ..) in ranks {
            weights.push(cpu.read(parameters).unwrap());
        }
        weights
    };
    let one = trained(&[3]).remove(0);
    assert_eq!(trained(&[3, 0]), [one.clone(), one]);
}
