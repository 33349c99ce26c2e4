//! Layers and activations: values, and the statistics of dropout.

use ndarray::{Array2, array};
use wgrad::backend::Backend;
use wgrad::layers::{
    Context, Dense, Dropout, Dropout2d, Elu, Flatten, Gelu, GeluTanh, HardTanh, Identity, Layer, LeakyRelu,
    Mish, Relu, Reshape, Selu, Shaped, Sigmoid, Silu, Softmax, Softplus, Softsign, Tanh, one,
};
use wgrad::ops::activation::Activation;
use wgrad::program::Batch;
use wgrad::{Error, Init, LayerError, Model, Optimizer, Samples, Sequential, losses, ops};

use crate::support::{assert_close, batch, cpu, drawn, run_op, samples};

fn compiled(net: Sequential) -> Model {
    net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap()
}

/// What a layer makes of these numbers: as a step of its own, and fused into a dense layer that passes them on.
fn values(layer: impl Layer + Clone, x: &[f32]) -> Vec<f32> {
    let width = x.len();
    let row = Array2::from_shape_vec((1, width), x.to_vec()).unwrap();
    let alone = compiled(Sequential::new([width]).add(layer.clone())).predict(&samples(&row)).unwrap();
    let mut behind = compiled(Sequential::new([width]).add(Dense::new(width)).add(layer));
    behind.set_parameter("dense_1.weight", Array2::eye(width).view()).unwrap();
    let behind = behind.predict(&samples(&row)).unwrap();
    assert!(alone.iter().zip(&behind).all(|(a, b)| (a - b).abs() <= 1e-6), "{alone} and {behind}");
    alone.into_iter().collect()
}

#[test]
fn activations_at_known_places() {
    let x = [-100.0, -2.0, -0.5, 0.0, 0.5, 2.0, 100.0];
    assert_close(&values(Identity, &x), &x.map(f64::from), 0.0);
    assert_close(&values(Relu, &x), &[0.0, 0.0, 0.0, 0.0, 0.5, 2.0, 100.0], 0.0);
    let leaky = LeakyRelu { negative_slope: 0.25 };
    assert_close(&values(leaky, &x), &[-25.0, -0.5, -0.125, 0.0, 0.5, 2.0, 100.0], 0.0);
    assert_close(&values(LeakyRelu::default(), &x)[..2], &[-1.0, -0.02], 1e-7);
    let sigmoid =
        [0.0, 0.11920292202211755, 0.3775406687981454, 0.5, 0.6224593312018546, 0.8807970779778823, 1.0];
    assert_close(&values(Sigmoid, &x), &sigmoid, 1e-6);
    let tanh =
        [-1.0, -0.9640275800758169, -0.46211715726000973, 0.0, 0.46211715726000973, 0.9640275800758169, 1.0];
    assert_close(&values(Tanh, &x), &tanh, 1e-6);
    // Hendrycks and Gimpel's tanh form, computed apart.
    let gelu =
        [0.0, -0.04540230591222494, -0.15428599017485606, 0.0, 0.34571400982514394, 1.954597694087775, 100.0];
    assert_close(&values(GeluTanh, &x), &gelu, 1e-6);
    // PyTorch's formula without an approximation, with Python's math.erf.
    let gelu = [
        0.0,
        -0.04550026389635844,
        -0.15426876936299344,
        0.0,
        0.34573123063700656,
        1.9544997361036416,
        100.0,
    ];
    assert_close(&values(Gelu, &x), &gelu, 1e-6);
}

/// The formulas of PyTorch's documentation, with Python's math.
#[test]
fn activations_that_pytorch_has_as_well_at_known_places() {
    let x = [-100.0, -2.0, -0.5, 0.0, 0.5, 2.0, 100.0];
    let elu = [-1.0, -0.8646647167633873, -0.3934693402873666, 0.0, 0.5, 2.0, 100.0];
    assert_close(&values(Elu::default(), &x), &elu, 1e-6);
    let half = values(Elu { alpha: 0.5 }, &x);
    assert_close(&half, &[-0.5, 0.5 * elu[1], 0.5 * elu[2], 0.0, 0.5, 2.0, 100.0], 1e-6);
    let selu = [
        -1.7580993408473766,
        -1.5201664685956948,
        -0.6917581878028713,
        0.0,
        0.5253504936777402,
        2.101401974710961,
        105.07009873554804,
    ];
    assert_close(&values(Selu, &x), &selu, 1e-5);
    let softplus = [
        0.0,
        0.1269280110429725,
        0.4740769841801067,
        std::f64::consts::LN_2,
        0.9740769841801067,
        2.1269280110429727,
        100.0,
    ];
    assert_close(&values(Softplus, &x), &softplus, 1e-6);
    let softsign = [-100.0 / 101.0, -2.0 / 3.0, -1.0 / 3.0, 0.0, 1.0 / 3.0, 2.0 / 3.0, 100.0 / 101.0];
    assert_close(&values(Softsign, &x), &softsign, 1e-6);
    let silu =
        [0.0, -0.2384058440442351, -0.1887703343990727, 0.0, 0.3112296656009273, 1.7615941559557646, 100.0];
    assert_close(&values(Silu, &x), &silu, 1e-6);
    let mish =
        [0.0, -0.2525014826957089, -0.22074377465173, 0.0, 0.3752452113048951, 1.9439589595339946, 100.0];
    assert_close(&values(Mish, &x), &mish, 1e-6);
    assert_close(&values(HardTanh::default(), &x), &[-1.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.0], 0.0);
    let clipped = values(HardTanh { min: -0.25, max: 6.0 }, &x);
    assert_close(&clipped, &[-0.25, -0.25, -0.25, 0.0, 0.5, 2.0, 6.0], 0.0);
}

#[test]
fn softmax_gives_probabilities_that_do_not_depend_on_a_shift() {
    let wanted = [0.09003057317038046, 0.24472847105479764, 0.6652409557748219];
    assert_close(&values(Softmax, &[1.0, 2.0, 3.0]), &wanted, 1e-6);
    assert_close(&values(Softmax, &[-1e4, 1.0 - 1e4, 2.0 - 1e4]), &wanted, 1e-3);
    assert_close(&values(Softmax, &[3e38, -3e38, 0.0]), &[1.0, 0.0, 0.0], 1e-6);
    assert_close(&values(Softmax, &[7.0]), &[1.0], 0.0);
}

#[test]
fn dense_is_the_product_and_the_bias() {
    let mut model = compiled(Sequential::new([2]).add(Dense::new(3)));
    model.set_parameter("dense_1.weight", array![[1.0, 2.0, 3.0], [-1.0, 0.0, 0.5]].view()).unwrap();
    model.set_parameter("dense_1.bias", array![[0.1, 0.2, 0.3]].view()).unwrap();
    let outputs = model.predict(&samples(&array![[2.0, 4.0], [0.0, -1.0]])).unwrap();
    let outputs: Vec<f32> = outputs.into_iter().collect();
    assert_close(&outputs, &[-1.9, 4.2, 8.3, 1.1, 0.2, -0.2], 1e-6);
}

#[test]
fn flatten_keeps_the_order_and_scales_bytes() {
    let pixels: Vec<u8> = (0..12).map(|i| i * 20).collect();
    let wanted: Vec<f64> = pixels.iter().map(|pixel| f64::from(*pixel) / 255.0).collect();
    let images = Samples::images(pixels, [2, 3]).unwrap();
    let outputs = compiled(Sequential::new([2, 3]).add(Flatten)).predict(&images).unwrap();
    assert_eq!(outputs.dim(), (2, 6));
    assert_close(&outputs.into_iter().collect::<Vec<_>>(), &wanted, 1e-6);
}

#[test]
fn activations_keep_the_shape_of_images() {
    let net = Sequential::new([2, 3]).add(Relu).add(Dropout::new(0.1)).add(Flatten);
    assert_eq!(net.output_shapes().unwrap(), [vec![2, 3], vec![2, 3], vec![6]]);
}

#[test]
fn a_slope_that_its_output_does_not_tell_is_refused() {
    for negative_slope in [-0.5, f32::NAN, f32::INFINITY] {
        let net = Sequential::new([2]).add(LeakyRelu { negative_slope });
        let error = net.summary().unwrap_err();
        assert!(matches!(error, Error::LayerShape { .. }), "{error}");
        assert!(error.to_string().contains(&format!("negative slope of {negative_slope}")), "{error}");
    }
}

#[test]
fn settings_that_make_no_activation_are_refused() {
    let refused = |layer: Activation, says: &str| {
        let error = Sequential::new([2]).add(layer).summary().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    for alpha in [-1.0, f32::NAN, f32::INFINITY] {
        refused(Elu { alpha }.into(), &format!("an alpha of {alpha}"));
    }
    for (min, max) in [(1.0, 1.0), (2.0, -1.0), (f32::NEG_INFINITY, 0.0), (0.0, f32::NAN)] {
        refused(HardTanh { min, max }.into(), &format!("from {min} to {max}"));
    }
}

// === Dropout ===

fn dropped(backend: &mut dyn Backend, rate: f32, layer: u32, batch: Batch) -> Vec<f32> {
    run_op(backend, &Array2::ones((100, 200)), batch, |tape, x, y| {
        tape.push(ops::Dropout { x, y, channels: None, rate, layer })
    })
}

#[test]
fn dropout_drops_its_share_and_scales_the_rest() {
    for rate in [0.0, 0.1, 0.5, 0.9, 0.99] {
        let values = dropped(&mut cpu(), rate, 0, batch(3, 0));
        let kept = 1.0 / (1.0 - f64::from(rate)) as f32;
        let share = values.iter().filter(|value| **value == 0.0).count() as f32 / values.len() as f32;
        assert!((share - rate).abs() < 0.01, "{share} instead of {rate}");
        assert!(values.iter().all(|value| *value == 0.0 || (value - kept).abs() < 1e-5 * kept), "{rate}");
        // So the expectation stays.
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!((mean - 1.0).abs() < 0.1, "{rate}: {mean}");
    }
}

#[test]
fn rows_and_columns_are_dropped_alike() {
    let values = Array2::from_shape_vec((100, 200), dropped(&mut cpu(), 0.5, 1, batch(0, 0))).unwrap();
    let even = |lane: ndarray::ArrayView1<'_, f32>| {
        let share = lane.iter().filter(|value| **value == 0.0).count() as f64 / lane.len() as f64;
        // Five standard deviations.
        (share - 0.5).abs() < 2.5 / (lane.len() as f64).sqrt()
    };
    assert!(values.rows().into_iter().all(even) && values.columns().into_iter().all(even));
}

#[test]
fn masks_are_equal_for_equal_keys_and_independent_otherwise() {
    let mask = |layer, epoch, seed| dropped(&mut cpu(), 0.5, layer, batch(epoch, seed));
    let first = mask(0, 0, 0);
    assert_eq!(first, mask(0, 0, 0));
    for other in [mask(1, 0, 0), mask(0, 1, 0), mask(0, 0, 1), mask(1, 1, 0), mask(1, 0, 1)] {
        let same = first.iter().zip(&other).filter(|(a, b)| a == b).count() as f64 / first.len() as f64;
        assert!((same - 0.5).abs() < 0.02, "{same}");
    }
}

#[test]
fn a_mask_goes_by_a_samples_place_in_the_epoch() {
    let whole = dropped(&mut cpu(), 0.5, 1, batch(2, 7));
    let from = |first| {
        let batch = Batch { first, ..batch(2, 7) };
        run_op(&mut cpu(), &Array2::ones((40, 200)), batch, |tape, x, y| {
            tape.push(ops::Dropout { x, y, channels: None, rate: 0.5, layer: 1 })
        })
    };
    assert_eq!([from(0), from(40)].concat(), whole[..80 * 200]);
}

#[test]
fn a_channel_is_dropped_on_all_places_of_a_sample() {
    let (places, channels) = (6, 5);
    let from = |first, samples| {
        let (batch, ones) = (Batch { first, ..batch(2, 7) }, Array2::ones((samples, places * channels)));
        run_op(&mut cpu(), &ones, batch, |tape, x, y| {
            tape.push(ops::Dropout { x, y, channels: Some(channels), rate: 0.25, layer: 1 })
        })
    };
    let values = from(0, 80);
    let (mut dropped, mut differ) = (0, 0);
    for sample in values.chunks(places * channels) {
        let first = &sample[..channels];
        assert!(sample.chunks(channels).all(|place| place == first), "{sample:?}");
        assert!(first.iter().all(|x| *x == 0.0 || (x - 4.0 / 3.0).abs() < 1e-6), "{first:?}");
        dropped += first.iter().filter(|x| **x == 0.0).count();
        differ += usize::from(first != &values[..channels]);
    }
    assert!((70..130).contains(&dropped) && differ > 40, "{dropped} of 400, {differ} samples differ");
    assert_eq!([from(0, 40), from(40, 40)].concat(), values);
}

#[test]
fn the_recorded_mask_stays() {
    let values = dropped(&mut cpu(), 0.5, 2, batch(4, 9));
    let bits = values[..32].iter().fold(0u32, |bits, value| bits << 1 | u32::from(*value != 0.0));
    assert_eq!(bits, RECORDED_MASK, "{bits:#010x}");
}

/// Computed by another implementation: layer 2, epoch 4, seed 9; a bit for each of the first 32 elements, 1 if kept.
const RECORDED_MASK: u32 = 0xe5afb918;

#[test]
fn inference_drops_nothing() {
    let net = || Sequential::new([4]).add(Dropout::new(0.5)).add(Dense::new(3)).add(Dropout::new(0.9));
    let plain = Sequential::new([4]).add(Dense::new(3));
    let inputs = samples(&drawn(1, 9, 4));
    let wanted = compiled(plain).predict(&inputs).unwrap();
    assert_eq!(compiled(net()).predict(&inputs).unwrap(), wanted);
    let rows = |net: Sequential| compiled(net.add(Flatten).add(Dense::new(3))).predict(&inputs).unwrap();
    let reshaped = || Sequential::new([4]).add(Reshape::new([2, 2]));
    assert_eq!(rows(reshaped().add(Dropout2d::new(0.5))), rows(reshaped()));
}

#[test]
fn channels_need_pixels() {
    let error = Sequential::new([4]).add(Dropout2d::new(0.5)).summary().unwrap_err().to_string();
    assert!(error.contains("takes samples of pixels × channels, and gets [4]"), "{error}");
}

/// A layer with these parameters: names, rows, columns.
#[derive(Debug)]
struct Parts(&'static [(&'static str, usize, usize)]);

impl Layer for Parts {
    fn kind(&self) -> &'static str {
        "mixer"
    }
    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        for (name, rows, cols) in self.0 {
            cx.param(name, [*rows, *cols], Init::Zeros)?;
        }
        one(inputs).cloned()
    }
}

#[test]
fn wrong_parameters_are_refused_by_name() {
    let refused = |parts| {
        let net = Sequential::new([3]).add_named("mix", Parts(parts));
        let error =
            net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).expect_err("an error");
        assert!(matches!(&error, Error::LayerShape { layer, .. } if layer == "mix"), "{error}");
        error.to_string()
    };
    for (parts, says) in [
        (&[("a", 2, 3), ("b", 0, 3)][..], "has the parameter mix.b of 0×3, which holds no number"),
        (&[("a", 2, 0)], "mix.a of 2×0"),
        (&[("a", 2, 3), ("a", 1, 3)], "asks for \"a\"; give each parameter"),
        (&[("a.b", 2, 3)], "has no dot"),
    ] {
        let error = refused(parts);
        assert!(error.contains("mix") && error.contains(says), "{error}");
    }
    let net = Sequential::new([3]).add(Parts(&[("a", 2, 3), ("b", 4, 3)]));
    assert_eq!(net.summary().unwrap().parameters(), 18);
    // Each has a width of its own.
    let net = Sequential::new([3]).add(Parts(&[("a", 16, 3), ("b", 3, 16)]));
    assert_eq!(net.summary().unwrap().parameters(), 96);
}
