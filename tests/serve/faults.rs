//! What a predictor cannot answer: errors with numbers, for all that they concern.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use wgrad::backend::gpu::GpuError;
use wgrad::error::ServeError;
use wgrad::{Error, Predictor, Result, Samples};

use crate::models::{compiled, cpu, drawn, forked, net};
use crate::watched::{Watch, Watched};

fn watched() -> (Predictor, Arc<Watch>) {
    let (backend, watch) = Watched::new();
    (compiled(net(), backend).into_predictor(8).unwrap().gather(Duration::from_secs(60)), watch)
}

/// What so many callers with a row each get, all of one batch.
fn answers(predictor: &Predictor, callers: usize) -> Vec<Result<()>> {
    std::thread::scope(|scope| {
        let ask = || predictor.predict_into(&[0.5; 12], &mut [0.0; 4]);
        let threads: Vec<_> = (0..callers).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn numbers_that_are_no_rows_are_refused() {
    let predictor = compiled(net(), cpu()).into_predictor(8).unwrap();
    let text =
        |rows: &[f32], out: usize| predictor.predict_into(rows, &mut vec![0.0; out]).unwrap_err().to_string();
    assert_eq!(
        text(&[0.0; 13], 4),
        "13 numbers were given, and a row of the model's input has 12; give one or more whole rows"
    );
    assert!(text(&[], 0).starts_with("0 numbers were given"));
    assert_eq!(text(&[0.0; 24], 4), "there is room for 4 numbers, and the model gives 4 for each of 2 rows");
    let mut rows = [0.0; 24];
    rows[15] = f32::NAN;
    assert_eq!(text(&rows, 8), "the value of sample 1, column 3 is NaN; clean the data first");
    let wrong = predictor.predict(&Samples::reals(drawn(0, 2, 5).view()).unwrap());
    assert!(matches!(wrong, Err(Error::InputShape { .. })));
}

#[test]
fn a_predictor_for_no_rows_is_refused() {
    let mut model = compiled(net(), cpu());
    assert!(matches!(model.predictor(0), Err(Error::Serve(ServeError::MaxRows { rows: 0 }))));
}

#[test]
fn several_inputs_are_told_what_takes_them() {
    let predictor = forked(cpu()).into_predictor(8).unwrap();
    let error = predictor.predict_into(&[0.0; 5], &mut [0.0; 4]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the net has the inputs words, size and the outputs class, age; predict_named takes and gives them by name"
    );
    let sizes = Samples::reals(drawn(2, 3, 2).view()).unwrap();
    assert!(matches!(predictor.predict_named(&[("size", &sizes)]), Err(Error::Names { .. })));
    let words = Samples::integers([1, 0, 10], [3]).unwrap();
    let size = Samples::reals(drawn(2, 1, 2).view()).unwrap();
    assert!(matches!(
        predictor.predict_named(&[("words", &words), ("size", &size)]),
        Err(Error::Index { value: 10, .. })
    ));
}

#[test]
fn a_backend_without_a_further_one_says_what_to_do() {
    let (backend, _) = Watched::new();
    let error = compiled(net(), backend).predictor(8).unwrap_err();
    assert!(matches!(error, Error::Serve(ServeError::NoFurther { backend: "watched" })));
    assert!(error.to_string().contains("Model::into_predictor"), "{error}");
}

#[test]
fn a_lost_device_is_told_to_every_caller_of_the_batch() {
    let (predictor, watch) = watched();
    watch.lost.store(true, Ordering::SeqCst);
    for answer in answers(&predictor, 8) {
        assert!(matches!(answer, Err(Error::Gpu(GpuError::DeviceLost { .. }))), "{answer:?}");
    }
    assert_eq!(watch.batches(), 1);
    watch.lost.store(false, Ordering::SeqCst);
    assert!(answers(&predictor, 8).iter().all(Result::is_ok), "a batch that fails is no end");
}

#[test]
fn other_errors_are_shared() {
    let (predictor, watch) = watched();
    watch.invalid.store(true, Ordering::SeqCst);
    for answer in answers(&predictor, 8) {
        let Err(Error::Shared(error)) = answer else { panic!("{answer:?}") };
        assert!(matches!(*error, Error::UnknownProgram));
        assert_eq!(Error::Shared(error).to_string(), Error::UnknownProgram.to_string());
    }
}

#[test]
fn a_panic_in_the_backend_leaves_nobody_waiting() {
    let (predictor, watch) = watched();
    watch.panics.store(true, Ordering::SeqCst);
    // Three batches: that of the panic, those who wait for the next, and those without room in it.
    for answer in answers(&predictor, 24) {
        assert!(
            matches!(answer, Err(Error::Serve(ServeError::Stopped { backend: "watched" }))),
            "{answer:?}"
        );
    }
    assert_eq!(watch.batches(), 1);
    assert!(answers(&predictor, 1)[0].is_err(), "and later callers do not wait either");
    drop(predictor);
    assert_eq!(Arc::strong_count(&watch), 1);
}
