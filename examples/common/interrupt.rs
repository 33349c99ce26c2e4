//! Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use super::warn;

/// Whether the work under way was asked to end.
static ASKED: AtomicBool = AtomicBool::new(false);
/// What is said then; where there is none, the program ends at once.
static ANSWER: Mutex<Option<&str>> = Mutex::new(None);

/// Does work that looks at a flag now and then and ends when it is set. Ctrl-C sets it and says `answer`; a second one, and
/// one before or after such work, ends the program with status 130.
pub fn heed<T>(answer: &'static str, work: impl FnOnce(&'static AtomicBool) -> T) -> T {
    static HANDLER: Once = Once::new();
    HANDLER.call_once(|| {
        if let Err(error) = ctrlc::set_handler(asked) {
            warn(format_args!("Ctrl-C will end the program without saving what is under way: {error}"));
        }
    });
    ASKED.store(false, Ordering::Relaxed);
    answer_with(Some(answer));
    let outcome = work(&ASKED);
    answer_with(None);
    outcome
}

fn answer_with(answer: Option<&'static str>) {
    *ANSWER.lock().unwrap_or_else(PoisonError::into_inner) = answer;
}

fn asked() {
    let answer = *ANSWER.lock().unwrap_or_else(PoisonError::into_inner);
    match answer {
        Some(answer) if !ASKED.swap(true, Ordering::Relaxed) => warn(answer),
        _ => std::process::exit(130),
    }
}
