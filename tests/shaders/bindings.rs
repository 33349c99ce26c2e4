//! Every kernel binds what its op says.

use std::collections::BTreeSet;

use naga::{AddressSpace, GlobalVariable, Module, StorageAccess, TypeInner};
use wgrad::Element;
use wgrad::kernel::DeviceProfile;
use wgrad::op::Use;

use crate::translation::parsed;
use crate::{ADD_TO, Case, add_to, altered, cases};

/// What a global variable is, in the words of [`expected`].
fn reflected(module: &Module, variable: &GlobalVariable) -> Option<String> {
    let at = variable.binding?;
    let element = match &module.types[variable.ty].inner {
        TypeInner::Array { base, .. } => format!("{:?}", module.types[*base].inner.scalar()),
        _ => String::new(),
    };
    let access = match variable.space {
        AddressSpace::Storage { access } if access == StorageAccess::LOAD => "read",
        AddressSpace::Storage { .. } => "read_write",
        AddressSpace::Uniform => "uniform",
        _ => "other",
    };
    Some(format!("{}.{} {access} {element}", at.group, at.binding))
}

fn expected(place: usize, (used, element): (Use, Element), profile: DeviceProfile) -> String {
    let access = if used == Use::In { "read" } else { "read_write" };
    let scalar = match element {
        Element::Real => naga::Scalar::F32,
        Element::Half if profile.f16 => naga::Scalar::F16,
        _ => naga::Scalar::U32,
    };
    format!("0.{place} {access} {:?}", Some(scalar))
}

/// Why a kernel's bindings are not its op's, if they are not.
fn bindings(case: &Case) -> Result<(), String> {
    let module = parsed(&case.kernel)?;
    let variables = module.global_variables.iter();
    let found: BTreeSet<_> = variables.filter_map(|(_, variable)| reflected(&module, variable)).collect();
    let mut wanted: BTreeSet<_> =
        case.operands.iter().enumerate().map(|(i, operand)| expected(i, *operand, case.profile)).collect();
    wanted.insert("1.0 uniform ".to_string());
    if found == wanted {
        return Ok(());
    }
    Err(format!("{}: the op binds {wanted:?}, the kernel {found:?}", case.kernel.label()))
}

#[test]
fn every_kernel_binds_what_its_op_says() {
    for case in cases() {
        bindings(&case).unwrap();
    }
}

#[test]
fn wrong_bindings_are_found() {
    let swapped =
        altered(altered(add_to(), "read_write", "read_later"), "<storage, read>", "<storage, read_write>");
    let swapped = altered(swapped, "read_later", "read");
    let whys = [
        bindings(&swapped),
        bindings(&altered(add_to(), "@binding(1)", "@binding(2)")),
        bindings(&Case { operands: vec![(Use::InOut, Element::Real), (Use::In, Element::U8)], ..add_to() }),
        bindings(&Case { operands: vec![(Use::InOut, Element::Real)], ..add_to() }),
    ];
    for why in whys {
        assert!(why.unwrap_err().starts_with(&format!("{ADD_TO}: the op binds")));
    }
}
