//! What holds for any numbers.

use ndarray::Array2;
use proptest::prelude::*;
use wgrad::layers::{Dense, Dropout, Flatten, Layer, LeakyRelu, Sigmoid, Softmax, Tanh};
use wgrad::random::Stream;
use wgrad::{Dataset, Fit, Loss, Model, Optimizer, Sequential, losses};

use crate::support::{cpu, drawn, samples};

fn compiled(net: Sequential, loss: impl Loss) -> Model {
    net.compile(cpu(), loss, Optimizer::sgd(0.1), 0).unwrap()
}

fn outputs(layer: impl Layer, x: &Array2<f32>) -> Array2<f32> {
    compiled(Sequential::new([x.ncols()]).add(layer), losses::MeanSquaredError).predict(&samples(x)).unwrap()
}

/// A matrix of up to 9 × 9 of any finite numbers, extremes among them.
fn matrix() -> impl Strategy<Value = Array2<f32>> {
    let number =
        prop_oneof![-5f32..5.0, -1e4f32..1e4, Just(0.0), Just(f32::MAX), Just(f32::MIN), Just(1e-38)];
    (1usize..10, 1usize..10).prop_flat_map(move |(rows, cols)| {
        let values = proptest::collection::vec(number.clone(), rows * cols);
        values.prop_map(move |values| Array2::from_shape_vec((rows, cols), values).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn softmax_rows_are_probabilities(x in matrix()) {
        let y = outputs(Softmax, &x);
        for (x, y) in x.outer_iter().zip(y.outer_iter()) {
            prop_assert!(y.iter().all(|p| (0.0..=1.0).contains(p)), "{x} gives {y}");
            prop_assert!((y.sum() - 1.0).abs() < 1e-5, "{x} gives {y}");
            for (i, j) in (0..x.len()).flat_map(|i| (0..x.len()).map(move |j| (i, j))) {
                prop_assert!(x[i] < x[j] || y[i] >= y[j], "{x} gives {y}");
            }
        }
    }

    #[test]
    fn squashing_stays_in_bounds_and_in_order(x in matrix()) {
        let (sigmoid, tanh) = (outputs(Sigmoid, &x), outputs(Tanh, &x));
        prop_assert!(sigmoid.iter().all(|y| (0.0..=1.0).contains(y)), "{}", sigmoid);
        prop_assert!(tanh.iter().all(|y| (-1.0..=1.0).contains(y)), "{}", tanh);
        let mut pairs: Vec<(f32, f32)> = x.iter().copied().zip(sigmoid.iter().copied()).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        prop_assert!(pairs.windows(2).all(|pair| pair[0].1 <= pair[1].1 + 1e-7), "{:?}", pairs);
    }

    #[test]
    fn cross_entropies_are_finite_and_not_negative(x in matrix(), label in 0usize..10) {
        let x = x.mapv(|value| value.clamp(-1e30, 1e30));
        let labels = vec![(label % x.ncols()) as u32; x.nrows()];
        let data = Dataset::classification(samples(&x), labels).unwrap();
        let net = || Sequential::new([x.ncols()]).add(Dropout::new(0.0));
        if x.ncols() > 1 {
            let loss = compiled(net(), losses::SoftmaxCrossEntropy::new()).evaluate(&data).unwrap().loss;
            prop_assert!(loss.is_finite() && loss >= 0.0, "{loss}");
        }
        let targets = drawn(1, x.nrows(), x.ncols()).mapv(f32::abs);
        let data = Dataset::regression(x.view(), targets.view()).unwrap();
        for (net, loss) in [
            (net(), losses::BinaryCrossEntropy::logits()),
            (net().add(Sigmoid), losses::BinaryCrossEntropy::new()),
        ] {
            let value = compiled(net, loss).evaluate(&data).unwrap().loss;
            prop_assert!(value.is_finite() && value >= -1e-6, "{loss:?}: {value}");
        }
    }

    #[test]
    fn shapes_follow_from_the_layers(
        units in proptest::collection::vec(2usize..40, 1..5),
        height in 1usize..6,
        width in 1usize..6,
        count in 1usize..300,
        batch in 1usize..300,
    ) {
        let mut net = Sequential::new([height, width]).add(Flatten);
        for units in &units {
            net = net.add(Dense::new(*units)).add(LeakyRelu::default()).add(Dropout::new(0.1));
        }
        let widths = std::iter::once(height * width).chain(units.iter().copied());
        let wanted: usize = widths.clone().zip(units.iter().copied()).map(|(rows, cols)| (rows + 1) * cols).sum();
        prop_assert_eq!(net.summary().unwrap().parameters(), wanted);
        let pixels: Vec<u8> = (0..count * height * width).map(|i| (i * 37 % 256) as u8).collect();
        let images = wgrad::Samples::images(pixels, [height, width]).unwrap();
        let mut model = compiled(net, losses::SoftmaxCrossEntropy::new());
        prop_assert_eq!(model.predict(&images).unwrap().dim(), (count, *units.last().unwrap()));
        let data = Dataset::classification(images, (0..count).map(|i| i as u32 % 2).collect()).unwrap();
        let history = model.fit(&data, Fit::new().epochs(1).batch(batch)).unwrap();
        prop_assert_eq!(history.last().unwrap().samples, count);
    }

    #[test]
    fn a_shuffled_list_keeps_its_elements(seed: u64, length in 0usize..500) {
        let mut values: Vec<usize> = (0..length).collect();
        Stream::numbered(seed, 2).shuffle(&mut values);
        values.sort_unstable();
        prop_assert!(values.into_iter().eq(0..length));
    }
}
