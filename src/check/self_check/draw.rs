//! Values to run an op at.

use crate::backend::Values;
use crate::program::op::Domain;
use crate::program::tensor::{Element, Tensor};
use crate::random::Stream;

/// Where branches are, exp overflows, and squares vanish.
const ANY: &[f32] = &[0.0, 1.0, -1.0, 1e-30, -1e-30, 20.0, -20.0, 100.0, -100.0];

/// What extremes of [`Domain::Unit`] are; 10⁻⁷ is near where losses clamp.
const UNIT: &[f32] = &[0.0, 1.0, 0.5, 1e-30, 1e-7, 1.0 - 1e-7];
const SIGNED: &[f32] = &[0.0, 1.0, -1.0, 1e-30, -1e-30, 1.0 - 1e-7, 1e-7 - 1.0];
const SCALE: &[f32] = &[256.0, 65_536.0];
const POSITIVE: &[f32] = &[1e-10, 1.0, 20.0, 100.0];
const NON_NEGATIVE: &[f32] = &[0.0, 1.0, 1e-30, 20.0, 100.0];

/// Which values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Draw {
    /// Those that training meets, so that the largest is not much larger than the others.
    Usual,
    /// A quarter of them the ends and the special places of their domain.
    Extreme,
}

/// Values on their way to a tensor.
pub(super) enum Drawn {
    Real(Vec<f32>),
    U8(Vec<u8>),
    U32(Vec<u32>),
}

impl Drawn {
    pub(super) fn values(&self) -> Values<'_> {
        match self {
            Drawn::Real(values) => Values::Real(values),
            Drawn::U8(values) => Values::U8(values),
            Drawn::U32(values) => Values::U32(values),
        }
    }
}

impl Draw {
    /// Values of a domain for a whole tensor.
    pub(super) fn fill(self, tensor: Tensor, domain: Domain, stream: &mut Stream) -> Drawn {
        let all = 0..tensor.len();
        match tensor.element {
            Element::Real | Element::Half => Drawn::Real(all.map(|_| self.real(domain, stream)).collect()),
            Element::U8 => Drawn::U8(all.map(|_| self.below(256, stream) as u8).collect()),
            Element::U32 => {
                let bound = if let Domain::Below(bound) = domain { bound } else { usize::from(u16::MAX) };
                Drawn::U32(all.map(|_| self.below(bound, stream) as u32).collect())
            }
        }
    }

    fn real(self, domain: Domain, stream: &mut Stream) -> f32 {
        let (low, high, extremes) = match domain {
            Domain::Any => (-2.0, 2.0, ANY),
            Domain::Unit => (0.0, 1.0, UNIT),
            Domain::Signed => (-1.0, 1.0, SIGNED),
            Domain::NonNegative => (0.0, 2.0, NON_NEGATIVE),
            Domain::Positive => (0.1, 2.0, POSITIVE),
            Domain::Scale => return SCALE[stream.below(SCALE.len())],
            Domain::Below(bound) => return self.below(bound, stream) as f32,
        };
        let usual = stream.uniform(low, high) as f32;
        if self.is_extreme(stream) { extremes[stream.below(extremes.len())] } else { usual }
    }

    fn below(self, bound: usize, stream: &mut Stream) -> usize {
        let usual = stream.below(bound);
        if self.is_extreme(stream) { [0, bound - 1][stream.below(2)] } else { usual }
    }

    fn is_extreme(self, stream: &mut Stream) -> bool {
        self == Draw::Extreme && stream.below(4) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::recorder::Recorder;
    use crate::random::Purpose;

    fn drawn(draw: Draw, domain: Domain, element: Element) -> Vec<f32> {
        let tensor = Recorder::new("draw", 1).tensor("x", element, 40, 50);
        match draw.fill(tensor, domain, &mut Stream::new(7, Purpose::Checking)) {
            Drawn::Real(values) => values,
            Drawn::U8(values) => values.into_iter().map(f32::from).collect(),
            Drawn::U32(values) => values.into_iter().map(|value| value as f32).collect(),
        }
    }

    fn range(values: &[f32]) -> (f32, f32) {
        values.iter().fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(*value), high.max(*value)))
    }

    #[test]
    fn usual_values_fill_their_domain_and_extreme_ones_have_its_ends() {
        for (domain, extremes, ends) in [
            (Domain::Any, ANY, (-100.0, 100.0)),
            (Domain::Unit, UNIT, (0.0, 1.0)),
            (Domain::Signed, SIGNED, (-1.0, 1.0)),
            (Domain::NonNegative, NON_NEGATIVE, (0.0, 100.0)),
            (Domain::Positive, POSITIVE, (1e-10, 100.0)),
        ] {
            let usual = drawn(Draw::Usual, domain, Element::Real);
            let (low, high) = range(&usual);
            assert!(
                low >= ends.0 && high <= f32::min(ends.1, 2.0) && high - low > 0.9,
                "{domain:?}: {low} {high}"
            );
            let extreme = drawn(Draw::Extreme, domain, Element::Real);
            assert!(extremes.iter().all(|value| extreme.contains(value)), "{domain:?}");
            assert_eq!(range(&extreme), ends, "{domain:?}");
        }
    }

    #[test]
    fn whole_numbers_stay_under_their_bound() {
        for element in [Element::Real, Element::U32] {
            assert_eq!(range(&drawn(Draw::Extreme, Domain::Below(5), element)), (0.0, 4.0));
            assert!(drawn(Draw::Usual, Domain::Below(1), element).iter().all(|value| *value == 0.0));
        }
        assert_eq!(range(&drawn(Draw::Extreme, Domain::Any, Element::U8)), (0.0, 255.0));
    }
}
