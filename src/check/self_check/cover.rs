//! Fewer cases that still take every op through every WGSL file that it has.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use crate::program::kernel::{DeviceProfile, Kernel};
use crate::program::{Program, Step};

/// Of programs, in their order, as many as take each op through every WGSL file that any of them takes it through on such
/// a device. Larger ones are preferred: their loops turn more often.
///
/// ```
/// use wgrad::kernel::DeviceProfile;
/// use wgrad::ops::{Softmax, cases_of};
/// use wgrad::self_check::covering;
///
/// let all = cases_of::<Softmax>(67)?;
/// let few = covering(all.clone(), &DeviceProfile::default());
/// assert!(!few.is_empty() && few.len() < all.len());
/// # Ok::<(), wgrad::Error>(())
/// ```
pub fn covering(programs: Vec<Program>, profile: &DeviceProfile) -> Vec<Program> {
    let mut order: Vec<usize> = (0..programs.len()).collect();
    order.sort_by_key(|at| Reverse(elements(&programs[*at])));
    let mut covered = HashSet::new();
    let mut brings_a_file =
        |at: &usize| files(&programs[*at], profile).filter(|file| covered.insert(*file)).count() > 0;
    let kept: BTreeSet<usize> = order.into_iter().filter(&mut brings_a_file).collect();
    let numbered = programs.into_iter().enumerate();
    numbered.filter(|(at, _)| kept.contains(at)).map(|(_, program)| program).collect()
}

/// The numbers that a program reads and writes.
fn elements(program: &Program) -> usize {
    program.buffers().values().map(|info| info.len).sum()
}

/// The files of a program's kernels, each with its op.
fn files(program: &Program, profile: &DeviceProfile) -> impl Iterator<Item = (&'static str, &'static str)> {
    let kernel = |step: &Step| (step.name(), step.kernel(profile));
    let named = |(op, kernel): (&'static str, Kernel)| {
        kernel.sources.into_iter().map(move |source| (op, source.name))
    };
    program.steps().iter().map(kernel).flat_map(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILES: [DeviceProfile; 5] = [
        DeviceProfile { software: true, f16: false, discrete: false },
        DeviceProfile { software: false, f16: false, discrete: false },
        DeviceProfile { software: false, f16: true, discrete: false },
        DeviceProfile { software: false, f16: false, discrete: true },
        DeviceProfile { software: false, f16: true, discrete: true },
    ];

    #[test]
    fn few_cases_take_every_op_through_all_of_its_files() {
        let cases = super::super::every_case().expect("cases");
        for profile in PROFILES {
            let of = |cases: &[Program]| -> HashSet<_> {
                cases.iter().flat_map(|case| files(case, &profile)).collect()
            };
            let all = of(&cases);
            let chosen = covering(cases.clone(), &profile);
            assert_eq!(of(&chosen), all);
            assert!(chosen.len() * 3 < cases.len(), "{} of {}", chosen.len(), cases.len());
        }
    }

    #[test]
    fn of_cases_with_the_same_files_the_largest_stays_and_the_order_too() {
        let cases = crate::ops::cases_of::<crate::ops::Dropout>(5).expect("cases");
        let widest = cases.iter().map(elements).max();
        let chosen = covering(cases, &DeviceProfile::default());
        assert_eq!(chosen.iter().map(elements).map(Some).collect::<Vec<_>>(), [widest]);
    }
}
