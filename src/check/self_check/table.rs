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
        let verdict = self.verdict();
        let (compiling, running) = (self.compiling.as_secs_f64(), self.running.as_secs_f64());
        write!(f, "\n{verdict} ({compiling:.2} s to compile, {running:.2} s to run)")
    }
}

impl SelfCheck {
    fn verdict(&self) -> String {
        let (all, wrong) = (self.ops.len(), self.failures().count());
        let refused = self.ops.iter().filter(|op| op.cases == 0).count();
        match (wrong, refused) {
            (0, 0) => format!("all {all} ops agree with the CPU"),
            (0, _) => format!(
                "{} ops agree with the CPU, and {refused} need more than this device offers",
                all - refused
            ),
            _ => format!(
                "{wrong} of {all} ops DO NOT agree with the CPU; do not trust what this device computes"
            ),
        }
    }
}

/// `dense  20  123456  1.3 % of what rounding explains`.
impl fmt::Display for OpCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<28} {:>5} {:>10}  ", self.name, self.cases, self.values)?;
        match self.failure {
            Some(_) => write!(f, "WRONG")?,
            None if self.cases == 0 => write!(f, "not compared")?,
            None if self.largest == 0.0 => write!(f, "none")?,
            None => write!(f, "{:.1} % of what rounding explains", 100.0 * self.largest)?,
        }
        match self.refused {
            0 => Ok(()),
            some => write!(f, "; {some} beyond this device's limits"),
        }
    }
}
