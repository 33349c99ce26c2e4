//! Parts of datasets: splits, folds, selections, and datasets behind each other.

use std::collections::BTreeMap;

use wgrad::dataset::Targets;
use wgrad::ndarray::Array2;
use wgrad::{Dataset, Samples};

/// Samples whose only number is their place.
fn numbered(labels: Vec<u32>) -> Dataset {
    let numbers: Vec<f32> = (0..labels.len()).map(|place| place as f32).collect();
    Dataset::classification(Samples::rows(numbers, 1).unwrap(), labels).unwrap()
}

/// Which samples of the `numbered` ones these are.
fn places(data: &Dataset) -> Vec<usize> {
    data.inputs().to_array().iter().map(|number| *number as usize).collect()
}

fn labels(data: &Dataset) -> &[u32] {
    let Targets::Labels(labels) = data.targets() else { panic!("no labels") };
    labels
}

/// How many samples each class has.
fn counts(data: &Dataset) -> Vec<usize> {
    let mut counts = BTreeMap::new();
    labels(data).iter().for_each(|label| *counts.entry(*label).or_insert(0) += 1);
    counts.into_values().collect()
}

/// Both parts have all samples, each once and with its label.
#[track_caller]
fn assert_parts_of(whole: &Dataset, train: &Dataset, test: &Dataset) {
    let mut all = [places(train), places(test)].concat();
    all.sort_unstable();
    assert_eq!(all, (0..whole.len()).collect::<Vec<_>>());
    for part in [train, test] {
        let expected: Vec<_> = places(part).into_iter().map(|place| labels(whole)[place]).collect();
        assert_eq!(labels(part), expected);
    }
}

/// Images, integers and numbers as inputs; labels, numbers and the first input as targets; weights.
fn everything(count: u8) -> Dataset {
    let images: Vec<u8> = (0..4 * count).collect();
    let reals = Array2::from_shape_fn((count.into(), 2), |(row, column)| (10 * row + column) as f32);
    let tokens: Vec<u32> = (0..u32::from(count)).map(|place| 16_777_217 + place).collect();
    let weights: Vec<f32> = (1..=count).map(f32::from).collect();
    Dataset::builder()
        .input("image", Samples::images(images, [2, 2, 1]).unwrap())
        .input("word", Samples::integers(tokens, [1]).unwrap())
        .target("class", (0..u32::from(count)).collect::<Vec<_>>())
        .target("size", reals)
        .target("again", Targets::Inputs)
        .build()
        .unwrap()
        .with_weights(weights)
        .unwrap()
}

/// The text of an error.
#[track_caller]
fn fault<T>(result: wgrad::Result<T>) -> String {
    result.err().expect("an error").to_string()
}

#[test]
fn the_test_part_has_its_share_rounded_up() {
    // What scikit-learn 1.9's train_test_split gives for test_size.
    for (samples, share, test) in [(10, 0.25, 3), (10, 0.2, 2), (150, 0.1, 15), (7, 0.5, 4), (3, 0.01, 1)] {
        let data = numbered(vec![0; samples]);
        let (train, rest) = data.split(share, 3).unwrap();
        assert_eq!((train.len(), rest.len()), (samples - test, test), "{share} of {samples}");
        assert_parts_of(&data, &train, &rest);
    }
}

#[test]
fn a_seed_decides_the_order() {
    let data = numbered((0..100).collect());
    let drawn = |seed| places(&data.shuffle(seed));
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    assert_ne!(drawn(1), (0..100).collect::<Vec<_>>());
    let mut sorted = drawn(1);
    sorted.sort_unstable();
    assert_eq!(sorted, places(&data));
    let split = |seed| data.split(0.3, seed).unwrap();
    assert_eq!(split(1), split(1));
    assert_ne!(split(1), split(2));
    let even = numbered((0..100).map(|place| place % 2).collect());
    assert_eq!(even.stratified_split(0.3, 1).unwrap(), even.stratified_split(0.3, 1).unwrap());
    assert_ne!(even.stratified_split(0.3, 1).unwrap(), even.stratified_split(0.3, 2).unwrap());
}

#[test]
fn classes_keep_their_shares() {
    // 60, 30 and 10 of 100: a fifth of each.
    let data = numbered((0..100).map(|place| [0, 0, 0, 0, 0, 0, 1, 1, 1, 2][place % 10]).collect());
    let (train, test) = data.stratified_split(0.2, 5).unwrap();
    assert_parts_of(&data, &train, &test);
    assert_eq!((counts(&train), counts(&test)), (vec![48, 24, 8], vec![12, 6, 2]));
    let sorted = labels(&train).is_sorted() || places(&train).is_sorted();
    assert!(!sorted, "the train part is not shuffled");
    // 5, 4 and 3 of 12, of which 9 train: 3.75, 3 and 2.25, so the first class gets the rest.
    let data = numbered(vec![7, 7, 7, 7, 7, 3, 3, 3, 3, 9, 9, 9]);
    for seed in 0..20 {
        let (train, test) = data.stratified_split(0.25, seed).unwrap();
        assert_parts_of(&data, &train, &test);
        assert_eq!((counts(&train), counts(&test)), (vec![3, 4, 2], vec![1, 1, 1]), "seed {seed}");
    }
}

#[test]
fn folds_cover_all_samples_once() {
    let data = numbered((0..11).collect());
    let folds: Vec<_> = data.k_folds(4, 1).unwrap().collect();
    assert_eq!(folds.iter().map(|(_, validation)| validation.len()).collect::<Vec<_>>(), [3, 3, 3, 2]);
    let mut seen = Vec::new();
    for (train, validation) in &folds {
        assert_parts_of(&data, train, validation);
        assert!(places(train).is_sorted() && places(validation).is_sorted());
        seen.extend(places(validation));
    }
    assert!(!seen.is_sorted(), "the folds are not shuffled");
    seen.sort_unstable();
    assert_eq!(seen, (0..11).collect::<Vec<_>>());
    assert_eq!(data.k_folds(11, 1).unwrap().len(), 11);
}

#[test]
fn stratified_folds_share_out_each_class() {
    // What scikit-learn 1.9's StratifiedKFold(3) gives for 7 and 5 samples, whatever the classes are called.
    let data = numbered(vec![1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    let folds: Vec<_> = data.stratified_k_folds(3, 1).unwrap().collect();
    let shared: Vec<_> = folds.iter().map(|(_, validation)| counts(validation)).collect();
    assert_eq!(shared, [[1, 3], [2, 2], [2, 2]]);
    for (train, validation) in &folds {
        assert_parts_of(&data, train, validation);
    }
    let mut seen: Vec<_> = folds.iter().flat_map(|(_, validation)| places(validation)).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..12).collect::<Vec<_>>());
    assert_ne!(folds, data.stratified_k_folds(3, 2).unwrap().collect::<Vec<_>>());
}

#[test]
fn parts_keep_names_kinds_and_weights() {
    let data = everything(5);
    let chosen = data.select(&[4, 1, 4]).unwrap();
    let image = Samples::images(vec![16, 17, 18, 19, 4, 5, 6, 7, 16, 17, 18, 19], [2, 2, 1]).unwrap();
    let sizes = Array2::from_shape_vec((3, 2), vec![40.0, 41.0, 10.0, 11.0, 40.0, 41.0]).unwrap();
    let expected = Dataset::builder()
        .input("image", image)
        .input("word", Samples::integers([16_777_221, 16_777_218, 16_777_221], [1]).unwrap())
        .target("class", vec![4, 1, 4])
        .target("size", sizes)
        .target("again", Targets::Inputs);
    assert_eq!(chosen, expected.build().unwrap().with_weights([5.0, 2.0, 5.0]).unwrap());
    let (train, test) = data.split(0.4, 0).unwrap();
    assert_eq!(train.concat(&test).unwrap().len(), 5);
}

#[test]
fn halves_behind_each_other_are_the_whole() {
    let data = everything(5);
    let (first, other) = (data.select(&[0, 1, 2]).unwrap(), data.select(&[3, 4]).unwrap());
    assert_eq!(first.concat(&other).unwrap(), data);
    assert_ne!(other.concat(&first).unwrap(), data);
}

#[test]
fn shares_and_places_that_cannot_be_are_named() {
    let data = numbered(vec![0, 0, 0, 1]);
    for share in [0.0, 1.0, -0.5, 1.5, f64::NAN] {
        assert_eq!(
            fault(data.split(share, 0)),
            format!("a share of {share} for the test; give one between 0 and 1")
        );
    }
    assert_eq!(
        fault(data.split(0.9, 0)),
        "a share of 0.9 for the test takes all 4 samples and leaves none to train on; give a smaller one"
    );
    assert_eq!(
        fault(data.select(&[0, 4])),
        "number 1 of the selection is sample 4, and there are 4, counted from 0"
    );
    assert_eq!(fault(data.inputs().select(&[])), "a selection without a sample; select at least one");
    for folds in [0, 1, 5] {
        assert_eq!(
            fault(data.k_folds(folds, 0)),
            format!("{folds} folds of 4 samples; give a number from 2 to 4")
        );
    }
}

#[test]
fn classes_that_cannot_be_shared_are_named() {
    assert_eq!(
        fault(numbered(vec![0, 0, 0, 1]).stratified_split(0.5, 0)),
        "class 1 has 1 sample, and a stratified split needs 2 of each; add some, or use `split`"
    );
    let data = numbered(vec![0, 0, 1, 1, 2, 2, 3, 3]);
    let text = "the test part gets 2 samples of 4 classes; choose a share that gives it one of each";
    assert_eq!(fault(data.stratified_split(0.25, 0)), text);
    let text = "the train part gets 2 samples of 4 classes; choose a share that gives it one of each";
    assert_eq!(fault(data.stratified_split(0.75, 0)), text);
    assert_eq!(
        fault(data.stratified_k_folds(3, 0)),
        "3 stratified folds, and the largest class, 3, has 2 samples; give no more folds than that"
    );
    let images = Dataset::autoencoder(data.inputs().clone());
    let text = "no target has labels, and a stratified split goes by them; use `split` or `k_folds`";
    assert_eq!(fault(images.stratified_split(0.5, 0)), text);
    assert_eq!(fault(images.stratified_k_folds(2, 0)), text);
}

#[test]
fn parts_of_weight_0_alone_are_errors() {
    let weighted = |weights: [f32; 4]| numbered(vec![0, 0, 1, 1]).with_weights(weights).unwrap();
    let says = |part: &str| {
        format!(
            "every weight of the {part} is 0, so it teaches and measures nothing; choose other samples or another seed"
        )
    };
    let one = weighted([0.0, 1.0, 0.0, 0.0]);
    assert_eq!(fault(one.select(&[2, 0])), says("selection"));
    assert_eq!(one.select(&[0, 1]).unwrap().len(), 2);
    assert!(one.shuffle(0).select(&[0, 1, 2, 3]).is_ok());
    let mut found = [false; 4];
    for seed in 0..20 {
        for (split, found) in
            [one.split(0.5, seed), one.stratified_split(0.5, seed)].into_iter().zip(&mut found)
        {
            let text = fault(split);
            assert!([says("train part"), says("test part")].contains(&text), "{text}");
            *found |= text == says("train part");
        }
        for (folds, found) in [one.k_folds(2, seed).map(drop), one.stratified_k_folds(2, seed).map(drop)]
            .into_iter()
            .zip(&mut found[2..])
        {
            let text = fault(folds);
            assert!([says("train part"), says("validation part")].contains(&text), "{text}");
            *found |= text == says("train part");
        }
    }
    assert_eq!(found, [true; 4]);
    assert_eq!(fault(weighted([1.0, 1.0, 0.0, 0.0]).k_folds(4, 0)), says("validation part"));
    assert!(weighted([1.0; 4]).k_folds(4, 0).is_ok());
    assert!(weighted([0.0, 0.0, 1.0, 1.0]).stratified_k_folds(2, 0).is_ok());
}

#[test]
fn datasets_that_do_not_go_together_say_why() {
    let reals = |width: usize| Samples::rows(vec![0.5; 2 * width], width).unwrap();
    let named = |input, samples, output, targets: Targets| {
        Dataset::builder().input(input, samples).target(output, targets).build().unwrap()
    };
    let classes = || Targets::Labels(vec![0, 1]);
    let data = named("a", reals(4), "b", classes());
    let bytes = Samples::images(vec![0; 8], [4]).unwrap();
    let cases = [
        (
            named("x", reals(4), "b", classes()),
            r#"the inputs are ["a"], and those of the other dataset are ["x"]; give them the same names"#,
        ),
        (
            named("a", reals(4), "y", classes()),
            r#"the targets are ["b"], and those of the other dataset are ["y"]; give them the same names"#,
        ),
        (
            named("a", reals(3), "b", classes()),
            r#"the inputs "a" are of shape 4, and those of the other dataset are of shape 3"#,
        ),
        (
            named("a", bytes, "b", classes()),
            r#"the inputs "a" are numbers, and those of the other dataset are bytes; make both alike"#,
        ),
        (
            named("a", reals(4), "b", Targets::Inputs),
            r#"the targets "b" are labels, and those of the other dataset are the inputs; make both alike"#,
        ),
        (
            data.clone().with_weights([1.0, 2.0]).unwrap(),
            "only the other dataset has weights; give both weights, or none",
        ),
    ];
    for (other, text) in cases {
        assert_eq!(fault(data.concat(&other)), text);
    }
    let pairs = |outputs| Dataset::pairs(reals(1), reals(outputs)).unwrap();
    let text = "the targets are of shape 1, and those of the other dataset are of shape 2";
    assert_eq!(fault(pairs(1).concat(&pairs(2))), text);
}

#[test]
fn samples_have_any_shape() {
    let images = Samples::shaped(vec![0.25; 2 * 28 * 28], [28, 28, 1]).unwrap();
    assert_eq!((images.len(), images.shape(), images.width()), (2, &[28, 28, 1][..], 784));
    let mut numbers = vec![0.0; 24];
    numbers[12 + 2 * 3 + 1] = f32::NAN;
    assert_eq!(
        fault(Samples::shaped(numbers.clone(), [2, 2, 3])),
        "the value of sample 1, place [1, 0, 1] is NaN; clean the data first"
    );
    assert_eq!(
        fault(Samples::shaped(numbers, [12])),
        "the value of sample 1, column 7 is NaN; clean the data first"
    );
    assert_eq!(
        fault(Samples::shaped([1.0, 2.0, 3.0], [2, 1])),
        "3 values make no whole number of samples of [2, 1]"
    );
}
