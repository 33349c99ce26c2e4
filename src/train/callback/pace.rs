//! How fast a training goes.

use crate::clock::Instant;

/// Samples a second since the first report, so that neither compiling nor the epochs before a resumption count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// When the first report came, and the samples that were done by then.
    first: Option<(Instant, usize)>,
}

impl Pace {
    /// Samples a second, and the seconds that the rest of `of` samples takes; `None` while there is one report.
    pub fn report(&mut self, samples: usize, of: usize, now: Instant) -> Option<[f64; 2]> {
        let (start, before) = *self.first.get_or_insert((now, samples));
        let (seconds, done) = ((now - start).as_secs_f64(), samples.saturating_sub(before));
        if seconds == 0.0 || done == 0 {
            return None;
        }
        let rate = done as f64 / seconds;
        Some([rate, of.saturating_sub(samples) as f64 / rate])
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_done_before_the_first_report_is_no_speed() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(pace.report(950_000, 1_000_000, start), None);
        assert_eq!(pace.report(950_000, 1_000_000, after(1)), None);
        assert_eq!(pace.report(960_000, 1_000_000, after(10)), Some([1_000.0, 40.0]));
        assert_eq!(pace.report(1_000_000, 1_000_000, after(50)), Some([1_000.0, 0.0]));
    }
}
