//! Every kernel, without a GPU: each file is used, each joined text is valid WGSL that translates to SPIR-V, MSL and
//! HLSL, and binds what its op says. The last tests plant faults, to see these checks fail.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use naga::back::{hlsl, msl, pipeline_constants::process_overrides, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Expression, GlobalVariable, Handle, Module, ShaderStage, StorageAccess, TypeInner};
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
    let profiles = [(true, true), (true, false), (false, true), (false, false)]
        .map(|(software, f16)| DeviceProfile { software, f16 });
    let case = |step: wgrad::program::Step| {
        let operands: Vec<_> = step.operands().iter().map(|(used, tensor)| (*used, tensor.element)).collect();
        profiles.map(|profile| Case { kernel: step.op().gpu(&profile), operands: operands.clone(), profile })
    };
    steps.flat_map(case).collect()
}

// === Every file is used ===

fn files_below(folder: &Path, prefix: &str, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            files_below(&entry.path(), &format!("{name}/"), names);
        } else {
            names.insert(name);
        }
    }
}

fn unused(files: &BTreeSet<String>, cases: &[Case]) -> Vec<String> {
    let used: BTreeSet<_> = cases.iter().flat_map(|case| case.kernel.files()).map(|file| file.name).collect();
    files.iter().filter(|file| !used.contains(file.as_str())).cloned().collect()
}

fn shader_files() -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders"), "", &mut files);
    files
}

#[test]
fn every_shader_file_is_used_by_a_case() {
    let files = shader_files();
    assert!(files.contains("batch.wgsl") && files.contains("dense/plain.wgsl"), "{files:?}");
    assert_eq!(unused(&files, &cases()), Vec::<String>::new());
}

// === Every joined text is valid and translates ===

fn parsed(kernel: &Kernel) -> Result<Module, String> {
    let text = kernel.wgsl();
    naga::front::wgsl::parse_str(&text).map_err(|error| error.emit_to_string(&text))
}

fn validated(module: &Module) -> Result<ModuleInfo, String> {
    // Whoever does not say that it needs f16 must do without.
    let native = module.types.iter().any(|(_, ty)| ty.inner.scalar().is_some_and(|s| s == naga::Scalar::F16));
    // unpack2x16float is a part of WebGPU that naga asks old OpenGL for.
    let capabilities =
        if native { Capabilities::SHADER_FLOAT16 } else { Capabilities::SHADER_FLOAT16_IN_FLOAT32 };
    let mut validator = Validator::new(ValidationFlags::all(), capabilities);
    validator.validate(module).map_err(|error| format!("{error:?}"))
}

fn spirv(module: &Module, info: &ModuleInfo, bounds: BoundsCheckPolicy) -> Result<Vec<u32>, String> {
    let bounds_check_policies = BoundsCheckPolicies { index: bounds, buffer: bounds, ..Default::default() };
    let options = spv::Options { bounds_check_policies, ..Default::default() };
    spv::write_vec(module, info, &options, None).map_err(|error| format!("SPIR-V: {error}"))
}

fn translate(module: &Module, info: &ModuleInfo) -> Result<(), String> {
    let entry_point = Some((ShaderStage::Compute, "main".to_string()));
    spirv(module, info, BoundsCheckPolicy::Unchecked)?;
    let pipeline = msl::PipelineOptions { entry_point: entry_point.clone(), ..Default::default() };
    msl::write_string(module, info, &msl::Options::default(), &pipeline)
        .map_err(|error| format!("MSL: {error}"))?;
    let options = hlsl::Options {
        special_constants_binding: Some(Default::default()),
        // The first with 16-bit types.
        shader_model: hlsl::ShaderModel::V6_2,
        ..Default::default()
    };
    let pipeline = hlsl::PipelineOptions { entry_point };
    let mut text = String::new();
    hlsl::Writer::new(&mut text, &options, &pipeline)
        .write(module, info, None)
        .map_err(|error| format!("HLSL: {error}"))?;
    Ok(())
}

/// Why a kernel is no good, if it is not.
fn compile(kernel: &Kernel) -> Result<(), String> {
    let (module, info) = specialised(kernel)?;
    translate(&module, &info)
}

/// A kernel with the values of its constants.
fn specialised(kernel: &Kernel) -> Result<(Module, ModuleInfo), String> {
    let module = parsed(kernel)?;
    let info = validated(&module)?;
    let constants = kernel.constants.iter().map(|(name, value)| (name.to_string(), *value)).collect();
    let main = Some((ShaderStage::Compute, "main"));
    let (module, info) = process_overrides(&module, &info, main, &constants).map_err(|e| format!("{e:?}"))?;
    Ok((module.into_owned(), info.into_owned()))
}

#[test]
fn every_kernel_is_valid_and_translates() {
    for Case { kernel, .. } in cases() {
        compile(&kernel).unwrap_or_else(|why| panic!("{}: {why}", kernel.label()));
        assert!(kernel.workgroups > 0, "{} starts no workgroup", kernel.label());
    }
}

// === The SPIR-V is valid to the makers of SPIR-V ===

/// Why `spirv-val` refuses SPIR-V, if it does; the outer error is that there is no such tool.
fn spirv_val(words: &[u32]) -> std::io::Result<Result<(), String>> {
    let mut tool = Command::new("spirv-val");
    tool.args(["--target-env", "vulkan1.0", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = tool.stdout(Stdio::piped()).spawn()?;
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    child.stdin.take().unwrap().write_all(&bytes)?;
    let output = child.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok(if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned()) })
}

/// Whether there is `spirv-val`; `WGRAD_SPIRV_VAL=require` makes a missing one a failure.
fn has_spirv_val() -> bool {
    let missing = Command::new("spirv-val").arg("--version").output().err();
    let required = std::env::var("WGRAD_SPIRV_VAL").is_ok_and(|value| value == "require");
    assert!(missing.is_none() || !required, "spirv-val: {missing:?}");
    if let Some(why) = &missing {
        // Unlike that of eprintln, this line shows although the test passes.
        let line = format!("the SPIR-V is not checked: spirv-val: {why}\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    missing.is_none()
}

#[test]
fn spirv_val_accepts_every_kernel_with_and_without_checks_of_bounds() {
    if !has_spirv_val() {
        return;
    }
    let mut modules = BTreeMap::new();
    for Case { kernel, .. } in cases() {
        let (module, info) = specialised(&kernel).unwrap();
        for bounds in [BoundsCheckPolicy::Unchecked, BoundsCheckPolicy::Restrict] {
            modules.insert(spirv(&module, &info, bounds).unwrap(), kernel.label());
        }
    }
    assert!(modules.len() > 200, "{}", modules.len());
    for (words, label) in &modules {
        spirv_val(words).unwrap().unwrap_or_else(|why| panic!("{label}: {why}"));
    }
    let mut broken = modules.keys().next().unwrap().clone();
    broken.truncate(broken.len() - 1);
    assert!(spirv_val(&broken).unwrap().is_err());
}

// === Every kernel binds what its op says ===

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

// === No kernel has what Microsoft's FXC, which compiles for DX12, gives up on ===

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

// === The checks can fail ===

/// The kernel that is altered.
const ADD_TO: &str = "wgrad.at_once/one+add_to";

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

#[test]
fn an_unused_file_is_found() {
    let mut files = shader_files();
    files.insert("planted.wgsl".to_string());
    assert_eq!(unused(&files, &cases()), ["planted.wgsl"]);
    let fewer: Vec<_> = cases().into_iter().filter(|case| !case.kernel.label().ends_with("add_to")).collect();
    assert_eq!(unused(&shader_files(), &fewer), ["add_to.wgsl"]);
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

#[test]
fn a_changing_index_is_found() {
    let altered = altered(
        add_to(),
        "sum[i] += part[i];",
        "var block = mat4x4<f32>(); block[i % 4u][1] = part[i]; sum[i] += block[0][1];",
    );
    assert_eq!(changing_index(&altered.kernel), Some(format!("{ADD_TO} in main")));
}

#[test]
fn invalid_kernels_are_found() {
    assert!(compile(&altered(add_to(), "sum[i]", "sun[i]").kernel).unwrap_err().contains("sun"));
    assert!(compile(&altered(add_to(), "storage, read_write", "storage, read").kernel).is_err());
    let mut without_constants = add_to().kernel;
    without_constants.constants.clear();
    assert!(compile(&without_constants).unwrap_err().contains("MissingValue"));
}
