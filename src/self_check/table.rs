//! The report of a self-check as text.

use std::fmt;

use super::{OpCheck, SelfCheck};

/// A row an op, the failures in full below, and a line that sums up.
impl fmt::Display for SelfCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.device)?;
        writeln!(f, "{:<28} {:>5} {:>10}  largest difference", "op", "cases", "values")?;
        self.ops.iter().try_for_each(|op| writeln!(f, "{op}"))?;
        for op in self.failures() {
            let failure = op.failure.iter().map(ToString::to_string).collect::<String>();
            writeln!(f, "\n{}: {failure}", op.name)?;
        }
        let (all, wrong) = (self.ops.len(), self.failures().count());
        let verdict = match wrong {
            0 => format!("all {all} ops agree with the CPU"),
            _ => format!(
                "{wrong} of {all} ops DO NOT agree with the CPU; do not trust what this device computes"
            ),
        };
        let (compiling, running) = (self.compiling.as_secs_f64(), self.running.as_secs_f64());
        write!(f, "\n{verdict} ({compiling:.2} s to compile, {running:.2} s to run)")
    }
}

/// `dense  20  123456  1.3 % of what rounding explains`.
impl fmt::Display for OpCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<28} {:>5} {:>10}  ", self.name, self.cases, self.values)?;
        match self.failure {
            Some(_) => write!(f, "WRONG"),
            None if self.largest == 0.0 => write!(f, "none"),
            None => write!(f, "{:.1} % of what rounding explains", 100.0 * self.largest),
        }
    }
}
