//! No kernel has what Microsoft's FXC, which compiles for DX12, gives up on.

use std::collections::BTreeSet;

use naga::{Expression, Handle, TypeInner};
use wgrad::kernel::Kernel;

use crate::translation::specialised;
use crate::{ADD_TO, add_to, altered, cases};

/// An index that changes into a matrix or a vector, if a kernel has one: FXC unrolls the loops around it, or cannot.
fn changing_index(kernel: &Kernel) -> Option<String> {
    let (module, info) = specialised(kernel).unwrap();
    let functions = module.functions.iter().map(|(handle, function)| (function, &info[handle]));
    let main = &module.entry_points[0].function;
    let mut functions = functions.chain([(main, info.get_entry_point(0))]);
    functions.find_map(|(function, info)| {
        let inner = |handle: Handle<Expression>| match *info[handle].ty.inner_with(&module.types) {
            TypeInner::Pointer { base, .. } => &module.types[base].inner,
            ref inner => inner,
        };
        let whole = |inner: &TypeInner| {
            matches!(
                inner,
                TypeInner::Matrix { .. } | TypeInner::Vector { .. } | TypeInner::ValuePointer { .. }
            )
        };
        let found = function.expressions.iter().any(
            |(_, expression)| matches!(expression, Expression::Access { base, .. } if whole(inner(*base))),
        );
        found.then(|| format!("{} in {}", kernel.label(), function.name.as_deref().unwrap_or("main")))
    })
}

#[test]
fn no_kernel_has_an_index_that_changes_into_a_matrix() {
    let found: BTreeSet<_> = cases().iter().filter_map(|case| changing_index(&case.kernel)).collect();
    assert_eq!(found, BTreeSet::new());
}

#[test]
fn a_changing_index_is_found() {
    let altered = altered(
        add_to(),
        "sum[i] = plus(sum[i], part[i]);",
        "var block = mat4x4<f32>(); block[i % 4u][1] = part[i]; sum[i] += block[0][1];",
    );
    assert_eq!(changing_index(&altered.kernel), Some(format!("{ADD_TO} in main")));
}
