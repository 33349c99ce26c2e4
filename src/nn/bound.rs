//! What settings may be.

/// The numbers that a setting may have; all are finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    /// At least 0 and less than 1.
    Share,
    /// From 0 to 1.
    Unit,
    /// More than 0.
    Positive,
    /// At least 0.
    NotNegative,
}

impl Bound {
    /// What is wrong with a value, if it is out of bounds.
    pub(crate) fn fault(self, what: &str, value: f32) -> Option<String> {
        let (fine, wanted) = match self {
            Bound::Share => ((0.0..1.0).contains(&value), "at least 0 and less than 1"),
            Bound::Unit => ((0.0..=1.0).contains(&value), "from 0 to 1"),
            Bound::Positive => (value.is_finite() && value > 0.0, "positive and finite"),
            Bound::NotNegative => (value.is_finite() && value >= 0.0, "finite and at least 0"),
        };
        (!fine).then(|| format!("{what} is {value}; it must be {wanted}"))
    }
}
