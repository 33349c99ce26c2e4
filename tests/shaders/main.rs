//! Every kernel, without a GPU: each file is used, each joined text is valid WGSL that translates to SPIR-V, MSL and
//! HLSL, and binds what its op says. Each check is held against a planted fault, to see it fail.

mod bindings;
mod changing_index;
mod files;
mod spirv_val;
mod tint;
mod translation;

use wgrad::Element;
use wgrad::kernel::{DeviceProfile, Kernel};
use wgrad::op::Use;
use wgrad::ops::{catalogue, half_catalogue};

/// A kernel of the catalogue for a device, and what its op says of its operands.
struct Case {
    kernel: Kernel,
    operands: Vec<(Use, Element)>,
    profile: DeviceProfile,
}

fn cases() -> Vec<Case> {
    let programs = catalogue(5).unwrap().into_iter().chain(half_catalogue(5).unwrap());
    let steps = programs.flat_map(|program| program.steps().to_vec());
    let profiles = [(true, false), (false, false), (false, true)].map(|(software, discrete)| DeviceProfile {
        software,
        discrete,
        f16: false,
    });
    let profiles = profiles.into_iter().flat_map(|one| [one, DeviceProfile { f16: true, ..one }]);
    let profiles: Vec<_> = profiles.collect();
    let case = |step: wgrad::program::Step| {
        let operands: Vec<_> = step.operands().iter().map(|(used, tensor)| (*used, tensor.element)).collect();
        let of = |profile: &DeviceProfile| (step.op().gpu(profile), *profile);
        let kernels: Vec<_> = profiles.iter().map(of).collect();
        kernels.into_iter().map(move |(kernel, profile)| Case { kernel, operands: operands.clone(), profile })
    };
    steps.flat_map(case).collect()
}

/// The kernel that is altered.
const ADD_TO: &str = "wgrad.add_to/one+add_to/elements";

fn add_to() -> Case {
    cases().into_iter().find(|case| case.kernel.label() == ADD_TO).unwrap()
}

/// A kernel with `from` in its text replaced by `to`.
fn altered(mut case: Case, from: &str, to: &str) -> Case {
    let source = case.kernel.sources.last_mut().unwrap();
    let text = source.text.replacen(from, to, 1);
    assert_ne!(text, source.text, "nothing was altered");
    source.text = text.leak();
    case
}
