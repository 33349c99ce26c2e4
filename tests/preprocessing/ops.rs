//! What the ops of augmentation do: images through known transforms, and what is drawn.

use wgrad::backend::{Backend, Cpu, Reference, Values};
use wgrad::gradcheck::check_program;
use wgrad::op::OpCases;
use wgrad::ops::{Erase, ImageShape, Noise, RandomTransform, Warp, cases_of};
use wgrad::program::Batch;
use wgrad::self_check::check_programs;
use wgrad::{Recorder, Tensor};

use crate::support::gpu;
use crate::{assert_near, numbers, recorded, uniform};

const SAMPLES: usize = 4000;

/// What a step writes for samples from `first` on, of an epoch.
fn written(
    backend: &mut dyn Backend,
    (first, rows): (usize, usize),
    record: impl Fn(&mut Recorder) -> (Vec<(Tensor, Vec<f32>)>, Tensor),
) -> Vec<f32> {
    let mut tape = Recorder::new("written", rows);
    let (inputs, output) = record(&mut tape);
    let id = backend.compile(&tape.finish().unwrap()).unwrap();
    for (tensor, values) in inputs {
        backend.write(tensor, Values::Real(&values)).unwrap();
    }
    let batch = Batch { first: first as u32, epoch: 3, seed: 5, ..Batch::of(rows) };
    backend.run(id, &[batch]).unwrap();
    backend.read(output).unwrap()
}

fn cpu() -> Cpu<f32> {
    Cpu::with_threads(2).unwrap()
}

/// Mean and standard deviation.
fn moments(values: &[f32]) -> [f64; 2] {
    let count = values.len() as f64;
    let mean = values.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    let variance = values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count;
    [mean, variance.sqrt()]
}

/// That numbers are spread evenly over a range, ends nearly included.
#[track_caller]
fn assert_uniform(values: &[f32], low: f64, high: f64) {
    let [mean, std] = moments(values);
    let (middle, range) = ((low + high) / 2.0, high - low);
    assert!((mean - middle).abs() < 0.02 * range, "a mean of {mean} in {low}..{high}");
    assert!((std - range / 12.0_f64.sqrt()).abs() < 0.01 * range, "a deviation of {std} in {low}..{high}");
    let least = values.iter().fold(f32::INFINITY, |least, x| least.min(*x));
    let most = values.iter().fold(f32::NEG_INFINITY, |most, x| most.max(*x));
    let at_end = |found: f32, end: f64| (f64::from(found) - end).abs() < 0.01 * range;
    assert!(at_end(least, low) && at_end(most, high), "{least} to {most} in {low}..{high}");
}

#[test]
fn images_through_transforms_and_their_gradients_are_those_of_pytorch() {
    for case in recorded("warped").as_array().unwrap() {
        let mut devices: Vec<Box<dyn Backend>> =
            vec![Box::new(Reference::<f64>::new()), Box::new(Cpu::<f64>::new().unwrap()), Box::new(cpu())];
        devices.extend(gpu().map(|gpu| Box::new(gpu) as Box<dyn Backend>));
        for mut device in devices {
            let sizes = numbers(&case["image"]);
            let [height, width, channels] = [0, 1, 2].map(|at| sizes[at] as usize);
            let image = ImageShape { height, width, channels };
            let mut tape = Recorder::new("warp", 4);
            let [x, y, dy] = ["x", "y", "dy"].map(|name| tape.batched(name, height * width * channels));
            let transform = tape.batched("transform", 6);
            tape.watch(x);
            tape.push(Warp { x, transform, y, image, fill: 0.0 });
            tape.backward_from(&[(y, dy)]);
            let dx = tape.gradient(x).unwrap();
            let id = device.compile(&tape.finish().unwrap()).unwrap();
            for (tensor, key) in [(x, "x"), (transform, "transforms"), (dy, "dy")] {
                device.write(tensor, Values::Real(&numbers(&case[key]))).unwrap();
            }
            device.run(id, &[Batch::of(4)]).unwrap();
            // Places are rounded to 4096ths of a pixel, and neighbours differ by up to 5.
            assert_near(&device.read(y).unwrap(), &numbers(&case["y"]), 3e-3);
            assert_near(&device.read(dx).unwrap(), &numbers(&case["dx"]), 5e-3);
        }
    }
}

#[test]
fn what_changes_nothing_gives_the_same_bits_and_what_is_outside_is_filled() {
    let image = ImageShape { height: 5, width: 4, channels: 2 };
    let pixels = uniform(1, 40);
    let warp = |transform: [f32; 6], fill: f32| {
        written(&mut cpu(), (0, 1), |tape| {
            let [x, y] = ["x", "y"].map(|name| tape.batched(name, 40));
            let matrix = tape.batched("transform", 6);
            tape.push(Warp { x, transform: matrix, y, image, fill });
            (vec![(x, pixels.clone()), (matrix, transform.to_vec())], y)
        })
    };
    assert_eq!(warp([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], 7.0), pixels);
    assert_eq!(warp([1.0, 0.0, 100.0, 0.0, 1.0, 0.0], 7.0), [7.0; 40]);
    let mirrored: Vec<f32> = (0..40).map(|at| pixels[at / 8 * 8 + (3 - at / 2 % 4) * 2 + at % 2]).collect();
    assert_eq!(warp([-1.0, 0.0, 0.0, 0.0, 1.0, 0.0], 7.0), mirrored);
    let upside_down: Vec<f32> = (0..40).map(|at| pixels[(4 - at / 8) * 8 + at % 8]).collect();
    assert_eq!(warp([1.0, 0.0, 0.0, 0.0, -1.0, 0.0], 7.0), upside_down);
    // A quarter of a pixel to the right, between a pixel and the fill at the end.
    let last = warp([1.0, 0.0, 0.25, 0.0, 1.0, 0.0], 2.0)[6];
    assert_near(&[last], &[0.75 * pixels[6] + 0.25 * 2.0], 1e-6);
}

/// The transforms of one range at a time, with the same random numbers as of all of them.
fn transforms(change: impl Fn(RandomTransform) -> RandomTransform) -> Vec<f32> {
    written(&mut cpu(), (0, SAMPLES), |tape| {
        let transform = tape.batched("transform", 6);
        tape.push(change(RandomTransform { layer: 2, ..RandomTransform::none(transform) }));
        (Vec::new(), transform)
    })
}

fn column(rows: &[f32], at: usize) -> Vec<f32> {
    rows.iter().skip(at).step_by(6).copied().collect()
}

#[test]
fn transforms_are_uniform_in_their_ranges() {
    let turned = transforms(|none| RandomTransform { rotation: 30.0, ..none });
    let angles = turned.chunks(6).map(|row| {
        assert_near(&[row[4], row[3], row[2], row[5]], &[row[0], -row[1], 0.0, 0.0], 1e-6);
        row[1].atan2(row[0]).to_degrees()
    });
    assert_uniform(&angles.collect::<Vec<_>>(), -30.0, 30.0);
    let around = transforms(|none| RandomTransform { rotation: 180.0, ..none });
    let angles: Vec<f32> = around.chunks(6).map(|row| row[1].atan2(row[0]).to_degrees()).collect();
    assert_uniform(&angles, -180.0, 180.0);
    let shifted = transforms(|none| RandomTransform { shift: [3.0, 1.5], ..none });
    assert_uniform(&column(&shifted, 2), -3.0, 3.0);
    assert_uniform(&column(&shifted, 5), -1.5, 1.5);
    let scaled = transforms(|none| RandomTransform { scale: [0.5, 2.0], ..none });
    assert_eq!(column(&scaled, 0), column(&scaled, 4));
    assert_uniform(&column(&scaled, 0).iter().map(|factor| factor.recip()).collect::<Vec<_>>(), 0.5, 2.0);
    let sheared = transforms(|none| RandomTransform { shear: 20.0, ..none });
    let tilts: Vec<f32> = column(&sheared, 1).iter().map(|slope| slope.atan().to_degrees()).collect();
    assert_uniform(&tilts, -20.0, 20.0);
    for (axis, at) in [(0, 0), (1, 4)] {
        let mut flips = [0.0; 2];
        flips[axis] = 0.3;
        let flipped = column(&transforms(|none| RandomTransform { flips, ..none }), at);
        assert!(flipped.iter().all(|factor| factor.abs() == 1.0));
        let share = flipped.iter().filter(|factor| **factor < 0.0).count() as f64 / SAMPLES as f64;
        assert!((share - 0.3).abs() < 0.03, "{share} are flipped");
    }
    let always = transforms(|none| RandomTransform { flips: [1.0, 0.0], ..none });
    assert!(column(&always, 0).iter().all(|factor| *factor == -1.0));
}

/// `(x, y, 1)` through a transform.
fn through(row: &[f32], [x, y]: [f32; 2]) -> [f32; 2] {
    [row[0] * x + row[1] * y + row[2], row[3] * x + row[4] * y + row[5]]
}

#[test]
fn a_transform_is_a_flip_a_scale_a_shear_a_rotation_and_a_shift() {
    let (flips, scale, shift) = ([0.5, 0.4], [0.5, 2.0], [3.0, 5.0]);
    let all =
        transforms(|none| RandomTransform { rotation: 100.0, shift, scale, shear: 40.0, flips, ..none });
    // From a pixel back to its source: the last change first.
    let parts = [
        transforms(|none| RandomTransform { shift, ..none }),
        transforms(|none| RandomTransform { rotation: 100.0, ..none }),
        transforms(|none| RandomTransform { shear: 40.0, ..none }),
        transforms(|none| RandomTransform { scale, ..none }),
        transforms(|none| RandomTransform { flips, ..none }),
    ];
    for at in (0..all.len()).step_by(6) {
        for point in [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]] {
            let step_by_step = parts.iter().fold(point, |point, part| through(&part[at..at + 6], point));
            assert_near(&through(&all[at..at + 6], point), &step_by_step, 2e-5);
        }
    }
}

fn noise(device: &mut dyn Backend, first: usize, rows: usize, layer: u32) -> Vec<f32> {
    written(device, (first, rows), |tape| {
        let [x, y] = ["x", "y"].map(|name| tape.batched(name, 10));
        tape.push(Noise { x, y, std: 0.5, layer });
        (vec![(x, vec![2.0; rows * 10])], y)
    })
}

#[test]
fn noise_is_normal_and_each_number_has_its_own() {
    let normal: Vec<f32> = noise(&mut cpu(), 0, SAMPLES, 0).iter().map(|y| (y - 2.0) / 0.5).collect();
    let [mean, std] = moments(&normal);
    assert!(mean.abs() < 0.02 && (std - 1.0).abs() < 0.015, "{mean} and {std}");
    let within = |bound: f32| normal.iter().filter(|n| n.abs() < bound).count() as f64 / normal.len() as f64;
    for (bound, share) in [(0.5, 0.3829), (1.0, 0.6827), (2.0, 0.9545), (3.0, 0.9973)] {
        assert!((within(bound) - share).abs() < 0.01, "{} within {bound}", within(bound));
    }
    let other: Vec<f32> = noise(&mut cpu(), 0, SAMPLES, 1).iter().map(|y| (y - 2.0) / 0.5).collect();
    // Neighbours, samples next to each other, and layers go together no more than by chance.
    for (a, b) in [(&normal[..], &normal[1..]), (&normal[..], &normal[10..]), (&normal[..], &other[..])] {
        let products: Vec<f32> = a.iter().zip(b).map(|(a, b)| a * b).collect();
        assert!(moments(&products)[0].abs() < 0.02);
    }
}

/// The rows and columns of what was erased from an image of ones.
fn rectangle(image: &[f32], width: usize) -> Option<[usize; 4]> {
    let erased: Vec<usize> = (0..image.len()).filter(|at| image[*at] == 0.25).collect();
    let (first, last) = (erased.first()?, erased.last()?);
    let rectangle = [first / width, first % width, last / width + 1, last % width + 1];
    let [top, left, bottom, right] = rectangle;
    assert_eq!((bottom - top) * (right - left), erased.len(), "no rectangle");
    Some(rectangle)
}

#[test]
fn rectangles_have_the_sizes_of_the_table_and_lie_anywhere() {
    let image = ImageShape { height: 12, width: 9, channels: 1 };
    let erased = written(&mut cpu(), (0, SAMPLES), |tape| {
        let [x, y] = ["x", "y"].map(|name| tape.batched(name, 108));
        let sizes = tape.constant("sizes", 3, &[2.0, 4.0, 1.0, 1.0, 12.0, 9.0]);
        tape.push(Erase { x, sizes, y, image, probability: 0.6, value: 0.25, layer: 1 });
        (vec![(x, vec![1.0; SAMPLES * 108])], y)
    });
    let found: Vec<_> = erased.chunks(108).filter_map(|image| rectangle(image, 9)).collect();
    let share = |count: usize, of: usize| count as f64 / of as f64;
    assert!((share(found.len(), SAMPLES) - 0.6).abs() < 0.025, "{} are erased", found.len());
    let of_size = |height: usize, width: usize| -> Vec<[usize; 4]> {
        found.iter().filter(|[t, l, b, r]| [b - t, r - l] == [height, width]).copied().collect()
    };
    for (height, width) in [(2, 4), (1, 1), (12, 9)] {
        let of_size = of_size(height, width);
        assert!((share(of_size.len(), found.len()) - 1.0 / 3.0).abs() < 0.04);
        // Every place has its turn.
        for (axis, places) in [(0, 12 - height + 1), (1, 9 - width + 1)] {
            for place in 0..places {
                let here = of_size.iter().filter(|rectangle| rectangle[axis] == place).count();
                let wanted = 1.0 / places as f64;
                assert!(
                    (share(here, of_size.len()) - wanted).abs() < 0.06,
                    "place {place} of {places}: {here}"
                );
            }
        }
    }
}

#[test]
fn batches_of_any_size_give_the_same_bits() {
    let mut devices: Vec<Box<dyn Backend>> = vec![
        Box::new(cpu()),
        Box::new(Cpu::<f32>::with_threads(1).unwrap()),
        Box::new(Reference::<f32>::new()),
    ];
    devices.extend(gpu().map(|gpu| Box::new(gpu) as Box<dyn Backend>));
    for mut device in devices {
        let whole = noise(&mut *device, 0, 50, 0);
        let parts = [noise(&mut *device, 0, 13, 0), noise(&mut *device, 13, 37, 0)].concat();
        assert_eq!(whole, parts);
        assert_ne!(noise(&mut *device, 1, 49, 0), whole[..490]);
        let mut transforms = |first: usize, rows: usize| {
            written(&mut *device, (first, rows), |tape| {
                let transform = tape.batched("transform", 6);
                let none = RandomTransform::none(transform);
                tape.push(RandomTransform { rotation: 90.0, shift: [2.0, 1.0], ..none });
                (Vec::new(), transform)
            })
        };
        assert_eq!(transforms(0, 50), [transforms(0, 13), transforms(13, 37)].concat());
    }
}

/// The derivatives and the kernels of these ops alone, in a moment.
#[test]
fn derivatives_and_kernels_are_right() {
    fn assert_right<O: OpCases>() {
        for program in cases_of::<O>(5).unwrap() {
            if let Some(check) = check_program(&program, 1).unwrap() {
                assert!(check.passes() && !check.rows.is_empty(), "{check}");
            }
        }
        let programs = cases_of::<O>(67).unwrap();
        assert!(check_programs(cpu(), &programs).unwrap().passed());
        let Some(gpu) = gpu() else { return };
        let check = check_programs(gpu, &programs).unwrap();
        assert!(check.passed(), "{check}");
    }
    assert_right::<Noise>();
    assert_right::<RandomTransform>();
    assert_right::<Warp>();
    assert_right::<wgrad::ops::WarpGradient>();
    assert_right::<Erase>();
}
