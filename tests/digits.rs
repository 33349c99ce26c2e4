//! Drawn digits: the same for a seed everywhere, balanced, and neither too easy nor too hard.

use sha2::{Digest, Sha256};
use wgrad::data::Images;
use wgrad::data::digits::{Split, draw};

const INPUTS: usize = 28 * 28 + 1;

fn sum(images: &Images) -> String {
    format!("{:x}", Sha256::digest(&images.pixels))
}

#[test]
fn seed_zero_gives_the_recorded_images() {
    assert_eq!(
        sum(&draw(0, Split::Train, 200)),
        "d7da4b83febd8e9d125314ad92ec723c2b619134013f161b9fe22723b73b1fc0"
    );
    assert_eq!(
        sum(&draw(0, Split::Test, 200)),
        "4ce0c5bc83fab041942097b1557ecc5c3f38c15bad9303d6213c24ca8c543b8a"
    );
}

#[test]
fn images_do_not_depend_on_the_number_of_threads_or_of_images() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| draw(7, Split::Train, 300))
    };
    assert_eq!(on(1), on(3));
    assert_eq!(on(1).take(40), draw(7, Split::Train, 40));
}

#[test]
fn seeds_and_splits_share_no_image() {
    let sets = [draw(0, Split::Train, 500), draw(0, Split::Test, 500), draw(1, Split::Train, 500)];
    let mut images: Vec<&[u8]> = sets.iter().flat_map(|set| set.pixels.chunks(784)).collect();
    images.sort_unstable();
    images.dedup();
    assert_eq!(images.len(), 1500);
}

#[test]
fn classes_are_balanced_and_every_image_shows_ink() {
    let images = draw(3, Split::Test, 1000);
    assert_eq!((images.len(), images.height, images.width), (1000, 28, 28));
    for digit in 0..10 {
        assert_eq!(images.labels.iter().filter(|&&label| label == digit).count(), 100);
    }
    for image in images.pixels.chunks(784) {
        let inked = image.iter().filter(|&&pixel| pixel > 128).count();
        assert!((10..400).contains(&inked), "{inked} of 784 pixels are inked");
    }
}

#[test]
fn a_linear_classifier_does_neither_well_nor_badly() {
    let (train, test) = (draw(0, Split::Train, 10_000), draw(0, Split::Test, 2_000));
    let weights = logistic_regression(&train, 3);
    let right = (0..test.len()).filter(|&i| {
        let scores = scores(&weights, &inputs(&test, i));
        (0..10).max_by(|&a, &b| scores[a].total_cmp(&scores[b])) == Some(test.labels[i] as usize)
    });
    let accuracy = right.count() as f64 / test.len() as f64;
    println!("test accuracy of multinomial logistic regression: {:.1} %", 100.0 * accuracy);
    assert!((0.70..0.95).contains(&accuracy), "accuracy {accuracy}");
}

/// Stochastic gradient descent on the cross-entropy of softmax(W x), one image at a time.
fn logistic_regression(images: &Images, epochs: usize) -> Vec<f32> {
    let mut weights = vec![0.0; 10 * INPUTS];
    for epoch in 0..epochs {
        let rate = 0.02 / (1.0 + 0.5 * epoch as f32);
        for i in 0..images.len() {
            let x = inputs(images, i);
            let powers = scores(&weights, &x).map(f32::exp);
            let total: f32 = powers.iter().sum();
            for (class, row) in weights.chunks_mut(INPUTS).enumerate() {
                let target = f32::from(u8::from(class == images.labels[i] as usize));
                let step = rate * (powers[class] / total - target);
                row.iter_mut().zip(&x).for_each(|(weight, x)| *weight -= step * x);
            }
        }
    }
    weights
}

/// The pixels as 0 to 1, and a 1 for the bias.
fn inputs(images: &Images, index: usize) -> Vec<f32> {
    images.image(index).unwrap().iter().map(|&pixel| f32::from(pixel) / 255.0).chain([1.0]).collect()
}

fn scores(weights: &[f32], x: &[f32]) -> [f32; 10] {
    let row = |class| &weights[class * INPUTS..][..INPUTS];
    std::array::from_fn(|class| row(class).iter().zip(x).map(|(weight, x)| weight * x).sum())
}
