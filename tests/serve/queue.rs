//! The queue before a backend that runs one batch after the other.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use wgrad::Predictor;

use crate::models::{compiled, net};
use crate::watched::Watched;

/// Lets so many threads ask for a row each, at the same time.
fn ask(predictor: &Predictor, threads: usize) {
    let barrier = std::sync::Barrier::new(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                barrier.wait();
                predictor.predict_into(&[0.5; 12], &mut [0.0; 4]).unwrap();
            });
        }
    });
}

#[test]
fn callers_at_the_same_time_are_one_batch() {
    let (backend, watch) = Watched::new();
    let predictor = compiled(net(), backend).into_predictor(8).unwrap().gather(Duration::from_secs(60));
    // Full, it does not wait.
    ask(&predictor, 8);
    assert_eq!((watch.batches(), watch.largest.load(Ordering::SeqCst)), (1, 8));
    ask(&predictor, 16);
    assert_eq!((watch.batches(), watch.largest.load(Ordering::SeqCst)), (3, 8));
}

#[test]
fn those_who_come_during_a_batch_are_the_next_one() {
    let (backend, watch) = Watched::new();
    let predictor = compiled(net(), backend).into_predictor(64).unwrap().gather(Duration::ZERO);
    watch.slow.store(200, Ordering::SeqCst);
    std::thread::scope(|scope| {
        scope.spawn(|| ask(&predictor, 1));
        while watch.batches() == 0 {
            std::thread::yield_now();
        }
        ask(&predictor, 10);
    });
    assert_eq!((watch.batches(), watch.largest.load(Ordering::SeqCst)), (2, 10));
}

#[test]
fn rows_without_room_are_the_next_batch_and_do_not_wait_for_the_limit() {
    let (backend, watch) = Watched::new();
    let predictor = compiled(net(), backend).into_predictor(4).unwrap().gather(Duration::from_secs(60));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let three = || predictor.predict_into(&[0.5; 36], &mut [0.0; 12]).unwrap();
        scope.spawn(three);
        scope.spawn(three);
        // One of both went without the other, which now has company enough.
        while watch.batches() == 0 {
            std::thread::yield_now();
        }
        ask(&predictor, 1);
    });
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!((watch.batches(), watch.largest.load(Ordering::SeqCst)), (2, 4));
}

#[test]
fn a_caller_alone_waits_for_the_limit_and_no_longer() {
    let (backend, watch) = Watched::new();
    let predictor = compiled(net(), backend).into_predictor(8).unwrap().gather(Duration::from_millis(150));
    let start = Instant::now();
    ask(&predictor, 1);
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(150) && waited < Duration::from_secs(30), "{waited:?}");
    let predictor = predictor.gather(Duration::ZERO);
    let start = Instant::now();
    ask(&predictor, 1);
    assert!(start.elapsed() < Duration::from_millis(150));
    assert_eq!(watch.batches(), 2);
}

#[test]
fn many_rows_go_in_parts() {
    let (backend, watch) = Watched::new();
    let predictor = compiled(net(), backend).into_predictor(8).unwrap().gather(Duration::ZERO);
    predictor.predict_into(&[0.5; 20 * 12], &mut [0.0; 20 * 4]).unwrap();
    assert_eq!((watch.batches(), watch.largest.load(Ordering::SeqCst)), (3, 8));
}

#[test]
fn the_last_handle_ends_the_thread_and_the_backend() {
    let (backend, watch) = Watched::new();
    let predictor = compiled(net(), backend).into_predictor(8).unwrap();
    let clone = predictor.clone();
    drop(predictor);
    ask(&clone, 2);
    assert_eq!(std::sync::Arc::strong_count(&watch), 2);
    drop(clone);
    assert_eq!(std::sync::Arc::strong_count(&watch), 1, "the backend is gone");
}
