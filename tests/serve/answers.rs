//! What a predictor gives is what its model predicts.

use ndarray::{Array2, s};
use wgrad::backend::{Backend, Cpu, Reference, Verify};
use wgrad::{Dataset, Fit, Graph, Model, Predictor, Samples};

use crate::models::{compiled, cpu, drawn, forked, in_halves, net, with_norms};
use crate::support::gpu;

fn backends() -> Vec<Box<dyn Backend>> {
    let mut backends: Vec<Box<dyn Backend>> = vec![
        Box::new(cpu()),
        Box::new(Cpu::<f64>::with_threads(1).unwrap()),
        Box::new(Reference::<f32>::new()),
        Box::new(Reference::<f64>::new()),
        Box::new(Verify::new(cpu()).unwrap()),
    ];
    if let Some(gpu) = gpu() {
        backends.push(Box::new(gpu.another().unwrap()));
        backends.push(Box::new(Verify::new(gpu).unwrap()));
    }
    backends
}

fn predicted(predictor: &Predictor, rows: &Array2<f32>, outputs: usize) -> Array2<f32> {
    let mut out = Array2::zeros((rows.nrows(), outputs));
    predictor.predict_into(rows.as_slice().unwrap(), out.as_slice_mut().unwrap()).unwrap();
    out
}

#[track_caller]
fn assert_near(found: &Array2<f32>, expected: &Array2<f32>, tolerance: f32, of: &str) {
    assert_eq!(found.dim(), expected.dim(), "{of}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= tolerance * expected.abs().max(1.0),
            "{of}: {found} for {expected}"
        );
    }
}

/// Holds a frozen copy and the model made a predictor against the model, for fewer and for more rows than go together.
fn check(net: impl Fn() -> Graph, tolerance: f32) {
    for backend in backends() {
        let of = backend.info().to_string();
        let mut model = compiled(net(), backend);
        let rows = drawn(1, 37, 12);
        let expected = model.predict(&Samples::reals(rows.view()).unwrap()).unwrap();
        let copy = model.predictor(16).unwrap();
        for predictor in [copy, model.into_predictor(16).unwrap()] {
            predictor.warm_up().unwrap();
            for count in [1, 2, 16, 37] {
                let some = rows.slice(s![..count, ..]).to_owned();
                let expected = expected.slice(s![..count, ..]).to_owned();
                assert_near(&predicted(&predictor, &some, expected.ncols()), &expected, tolerance, &of);
                let samples = Samples::reals(some.view()).unwrap();
                assert_near(&predictor.predict(&samples).unwrap(), &expected, tolerance, &of);
            }
        }
    }
}

#[test]
fn a_predictor_gives_what_its_model_predicts() {
    check(|| net().into(), 2e-6);
}

#[test]
fn norms_and_dropout_serve_as_they_predict() {
    check(|| with_norms().into(), 2e-6);
}

#[test]
fn products_of_halves_serve_as_they_predict() {
    check(in_halves, 2e-3);
}

#[test]
fn a_single_row_on_the_cpu_is_the_reference_s_to_the_bit() {
    let mut on_cpu = compiled(net(), cpu());
    let mut on_reference = compiled(net(), Reference::<f32>::new());
    let [fast, plain] = [&mut on_cpu, &mut on_reference].map(|model| model.predictor(1).unwrap());
    let row = drawn(4, 1, 12);
    let expected = on_cpu.predict(&Samples::reals(row.view()).unwrap()).unwrap();
    assert_eq!(predicted(&fast, &row, 4), expected);
    assert_eq!(predicted(&fast, &row, 4), predicted(&plain, &row, 4));
}

#[test]
fn images_are_scaled_as_for_the_model() {
    let mut model = compiled(net(), cpu());
    let images = Samples::images((0..=255).chain(0..80).collect::<Vec<u8>>(), [3, 4]).unwrap();
    let predictor = model.predictor(64).unwrap();
    assert_near(&predictor.predict(&images).unwrap(), &model.predict(&images).unwrap(), 2e-6, "images");
}

#[test]
fn several_inputs_and_outputs_go_by_name() {
    for backend in backends() {
        let mut model = forked(backend);
        let words = Samples::integers([1, 0, 9, 2, 3, 3, 4, 5, 6], [3]).unwrap();
        let sizes = Samples::reals(drawn(2, 3, 2).view()).unwrap();
        let given = [("words", &words), ("size", &sizes)];
        let expected = model.predict_named(&given).unwrap();
        let predictor = model.into_predictor(2).unwrap();
        predictor.warm_up().unwrap();
        let found = predictor.predict_named(&given).unwrap();
        assert!(found.keys().eq(["age", "class"].iter()));
        for (name, expected) in &expected {
            assert_near(&found[name], expected, 2e-6, name);
        }
    }
}

#[test]
fn training_goes_on_without_changing_a_predictor() {
    for backend in backends().into_iter().filter(|backend| backend.info().backend != "verify") {
        let mut model = compiled(net(), backend);
        let rows = drawn(5, 8, 12);
        let predictor = model.predictor(8).unwrap();
        let before = predicted(&predictor, &rows, 4);
        let data = Dataset::regression(rows.view(), drawn(6, 8, 4).view()).unwrap();
        model.fit(&data, Fit::new().epochs(3).batch(4)).unwrap();
        assert_eq!(predicted(&predictor, &rows, 4), before);
        let after = predicted(&model.predictor(8).unwrap(), &rows, 4);
        assert!((&after - &before).iter().any(|change| change.abs() > 1e-3));
    }
}

#[test]
fn a_file_serves_as_its_model() {
    let path = tempfile::tempdir().unwrap();
    for (name, net) in [("net", Graph::from(net())), ("norms", with_norms().into()), ("halves", in_halves())]
    {
        let path = path.path().join(name);
        let mut model = compiled(net, cpu());
        model.save(&path).unwrap();
        let samples = Samples::reals(drawn(3, 5, 12).view()).unwrap();
        let expected = model.predict(&samples).unwrap();
        for backend in backends() {
            let of = format!("{name} on {}", backend.info());
            let predictor = Predictor::load(&path, backend, 4).unwrap();
            assert_near(&predictor.predict(&samples).unwrap(), &expected, 2e-3, &of);
        }
    }
}

#[test]
fn many_threads_get_what_each_asked_for() {
    for backend in backends() {
        let of = backend.info().to_string();
        let mut model: Model = compiled(net(), backend);
        let rows = drawn(8, 24, 12);
        let expected = model.predict(&Samples::reals(rows.view()).unwrap()).unwrap();
        let predictor = model.into_predictor(6).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (predictor, rows, expected, of) = (predictor.clone(), &rows, &expected, &of);
                scope.spawn(move || {
                    for turn in 0..10 {
                        let (first, count) = ((thread * 3 + turn) % 20, 1 + (thread + turn) % 4);
                        let mine = s![first..first + count, ..];
                        let found = predicted(&predictor, &rows.slice(mine).to_owned(), 4);
                        assert_near(&found, &expected.slice(mine).to_owned(), 2e-6, of);
                    }
                });
            }
        });
    }
}
