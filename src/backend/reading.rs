//! Answers of a device, which may come later: in a browser nothing may wait for them.

use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::error::{Error, Result};

/// What a tensor holds: a future, as a device in a browser answers later. Natively it has its answer at once.
///
/// ```
/// # fn main() -> wgrad::Result<()> { pollster::block_on(async {
/// use wgrad::backend::Reading;
///
/// assert_eq!(Reading::ready(vec![1.0, 2.0]).await?, [1.0, 2.0]); // of a backend of one's own
/// # Ok(()) }) }
/// ```
#[must_use = "it answers where it is awaited"]
pub struct Reading(Answer);

enum Answer {
    /// The values, until they are taken.
    Now(Option<Vec<f32>>),
    Later(Pin<Box<dyn Future<Output = Result<Vec<f32>>> + Send>>),
}

impl Reading {
    /// An answer that is there.
    pub fn ready(values: Vec<f32>) -> Self {
        Self(Answer::Now(Some(values)))
    }

    /// An answer that comes later.
    pub fn later(answer: impl Future<Output = Result<Vec<f32>>> + Send + 'static) -> Self {
        Self(Answer::Later(Box::pin(answer)))
    }
}

impl Future for Reading {
    type Output = Result<Vec<f32>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Answer::Now(values) => Poll::Ready(values.take().ok_or_else(|| Error::Bug {
                what: "a reading that was awaited again after its answer".into(),
            })),
            Answer::Later(answer) => answer.as_mut().poll(context),
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self.0, Answer::Now(_)) { "Reading(now)" } else { "Reading(later)" })
    }
}

/// What a future comes to, for functions that wait. Native backends have all their answers at once. A browser's come later, and there
/// a thread that waited for them would never get them: the error says what to await `instead`.
pub(crate) fn wait<T>(instead: &'static str, future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending if cfg!(target_family = "wasm") => Err(Error::WouldBlock { instead }),
        Poll::Pending => pollster::block_on(future),
    }
}
