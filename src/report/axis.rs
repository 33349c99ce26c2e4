//! Where an axis begins and ends, and which values are written along it.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// The steps between ticks are these numbers times a power of ten.
const STEPS: [i32; 3] = [1, 2, 5];

/// Values spanning more decades than this are drawn on a logarithmic axis.
const LINEAR_DECADES: f64 = 1.5;

/// Values whose span is a smaller share of their size count as one value, drawn with room around it.
const NARROWEST: f64 = 1e-6;

/// A smaller value counts as zero.
const LEAST: f64 = 1e-100;

/// A value written along an axis.
#[derive(Debug, Clone)]
pub(super) struct Tick {
    /// The value.
    pub value: f64,
    /// How it is written.
    pub label: String,
}

/// The values that an axis shows.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
    /// The values written along it, in rising order.
    pub ticks: Vec<Tick>,
}

impl Axis {
    /// An axis over the epochs 1 to `count`.
    pub fn epochs(count: usize) -> Self {
        let last = count as f64;
        let margin = if count > 1 { (last - 1.0) * 0.02 } else { 0.5 };
        // Numbers of five digits and more need room.
        let most = if last < 1e4 { 10.0 } else { 5.0 };
        let ticks = Step::at_least((last / most).max(1.0)).ticks(1.0, last);
        Self { low: 1.0 - margin, high: last + margin, logarithmic: false, ticks }
    }

    /// An axis over values from `low` to `high`: logarithmic where they are positive and span over 1.5 decades.
    pub fn values(low: f64, high: f64) -> Self {
        match low >= LEAST && (high / low).log10() > LINEAR_DECADES {
            true => Self::logarithmic(low, high),
            false => Self::linear(low, high),
        }
    }

    /// An axis from exactly `low` to `high`.
    pub fn exact(low: f64, high: f64) -> Self {
        let ticks = Step::at_least((high - low) / 10.0).ticks(low, high);
        Self { low, high, logarithmic: false, ticks }
    }

    /// An axis over values from `low` to `high` with a little room around them.
    pub fn linear(low: f64, high: f64) -> Self {
        let (span, size) = (high - low, high.abs().max(low.abs()));
        let margin = if span > NARROWEST * size && span > LEAST {
            0.05 * span
        } else if size > LEAST {
            0.1 * size
        } else {
            1.0
        };
        let bottom = if low >= 0.0 { (low - margin).max(0.0) } else { low - margin };
        let top = high + margin;
        let ticks = Step::at_least((top - bottom) / 10.0).ticks(bottom, top);
        Self { low: bottom, high: top, logarithmic: false, ticks }
    }

    fn logarithmic(low: f64, high: f64) -> Self {
        let margin = (high / low).powf(0.04);
        let (low, high) = (low / margin, high * margin);
        Self { low, high, logarithmic: true, ticks: decade_ticks(low, high) }
    }

    /// Where `value` stands, from 0 where the axis begins to 1 where it ends.
    fn place(&self, value: f64) -> f64 {
        match self.logarithmic {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, &value: &f64, (begin, end): (i32, i32)) -> i32 {
        begin + (self.place(value) * f64::from(end - begin)).round() as i32
    }

    /// The ticks, each with a line across the chart; there are no lighter lines between them.
    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|tick| tick.value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|tick| tick.value == *value).map(|tick| tick.label.clone()).unwrap_or_default()
    }
}

/// A distance between ticks: `factor · 10^exponent`.
struct Step {
    factor: i32,
    exponent: i32,
}

impl Step {
    /// The smallest step that is not below `distance`.
    fn at_least(distance: f64) -> Self {
        let exponent = distance.log10().floor() as i32;
        // A little slack keeps 0.3 / 3 from being taken for more than 0.1.
        let factor = distance / 10f64.powi(exponent) * (1.0 - 1e-9);
        match STEPS.into_iter().find(|&step| factor <= f64::from(step)) {
            Some(factor) => Self { factor, exponent },
            None => Self { factor: 1, exponent: exponent + 1 },
        }
    }

    /// The multiples of the step from `low` to `high`.
    fn ticks(&self, low: f64, high: f64) -> Vec<Tick> {
        let step = f64::from(self.factor) * 10f64.powi(self.exponent);
        let plain = is_plain(low.abs().max(high.abs())) && self.exponent >= -7;
        let multiples = (low / step).ceil() as i64..=(high / step).floor() as i64;
        multiples
            .map(|multiple| multiple as f64 * step)
            .map(|value| Tick { value, label: number(value, self.exponent, plain) })
            .collect()
    }
}

/// Ticks of a logarithmic axis: 1, 2 and 5 times the powers of ten or, for many decades, some of these powers.
fn decade_ticks(low: f64, high: f64) -> Vec<Tick> {
    let decades = (high / low).log10();
    let factors = if decades < 4.0 { &STEPS[..] } else { &STEPS[..1] };
    let every = (decades / 8.0).ceil().max(1.0) as i32;
    let plain = is_plain(low) && is_plain(high);
    let tick = |factor: i32, exponent: i32| {
        let value = f64::from(factor) * 10f64.powi(exponent);
        Tick { value, label: number(value, exponent, plain) }
    };
    (low.log10().floor() as i32..=high.log10().ceil() as i32)
        .filter(|exponent| exponent % every == 0)
        .flat_map(|exponent| factors.iter().map(move |&factor| tick(factor, exponent)))
        .filter(|tick| (low..=high).contains(&tick.value))
        .collect()
}

/// Whether numbers of this size are read more easily without an exponent.
fn is_plain(size: f64) -> bool {
    (1e-5..1e7).contains(&size)
}

/// `value` written up to the digit that stands for `10^last`, as 0.05 or as 5e-2.
fn number(value: f64, last: i32, plain: bool) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if plain {
        return format!("{value:.*}", usize::try_from(-last).unwrap_or(0));
    }
    let digits = value.abs().log10().floor() as i32 - last;
    format!("{value:.*e}", usize::try_from(digits).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn epochs_are_whole_numbers_from_one() {
        assert_eq!(labels(&Axis::epochs(1)), ["1"]);
        assert_eq!(labels(&Axis::epochs(5)), ["1", "2", "3", "4", "5"]);
        assert_eq!(labels(&Axis::epochs(50)), ["5", "10", "15", "20", "25", "30", "35", "40", "45", "50"]);
        assert_eq!(labels(&Axis::epochs(50_000)), ["10000", "20000", "30000", "40000", "50000"]);
        assert_eq!(labels(&Axis::epochs(1_000_000)).last(), Some(&"1000000"));
    }

    #[test]
    fn narrow_values_stand_on_a_linear_axis_with_round_steps() {
        let axis = Axis::values(0.21, 1.9);
        assert_eq!(labels(&axis), ["0.2", "0.4", "0.6", "0.8", "1.0", "1.2", "1.4", "1.6", "1.8"]);
        assert!(!axis.logarithmic);
    }

    #[test]
    fn wide_positive_values_stand_on_a_logarithmic_axis() {
        let axis = Axis::values(0.01, 1.0);
        assert_eq!(labels(&axis), ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]);
        assert!((axis.place(0.1) - 0.5).abs() < 1e-12, "the geometric mean is in the middle");
        assert_eq!(labels(&Axis::values(1e-8, 1.0)), ["1e-8", "1e-6", "1e-4", "1e-2", "1e0"]);
    }

    #[test]
    fn a_logarithmic_axis_needs_positive_values() {
        let logarithmic = |low, high| Axis::values(low, high).logarithmic;
        assert!(!logarithmic(0.0, 100.0) && !logarithmic(-1.0, 100.0));
        assert!(!logarithmic(1.0, 31.0) && logarithmic(1.0, 32.0));
    }

    #[test]
    fn every_span_of_values_gets_a_few_distinct_ticks() {
        let ends = [-1e100, -3.7, -1e-300, 0.0, 5e-324, 1e-9, 0.4, 0.4 + 1e-16, 1.0, 12345.6, 1e7, 1e100];
        for low in ends {
            for high in ends.into_iter().filter(|&high| high >= low) {
                let axis = Axis::values(low, high);
                let ticks = axis.ticks.len();
                assert!((2..=12).contains(&ticks), "{low:e} to {high:e}: {ticks} ticks");
                let (bottom, top) = (axis.place(low), axis.place(high));
                assert!(
                    0.0 <= bottom && bottom <= top && top <= 1.0,
                    "{low:e} at {bottom}, {high:e} at {top}"
                );
                let mut distinct = labels(&axis);
                distinct.dedup();
                assert_eq!(distinct.len(), ticks, "{low:e} to {high:e}: {distinct:?}");
                assert!(distinct.iter().all(|label| label.len() <= 16), "{distinct:?}");
            }
        }
    }
}
