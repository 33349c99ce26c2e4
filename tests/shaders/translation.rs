//! Every joined text is valid to naga, and translates.

use naga::back::{hlsl, msl, pipeline_constants::process_overrides, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{Module, ShaderStage};
use wgrad::kernel::Kernel;

use crate::{Case, add_to, altered, cases};

pub fn parsed(kernel: &Kernel) -> Result<Module, String> {
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

pub fn spirv(module: &Module, info: &ModuleInfo, bounds: BoundsCheckPolicy) -> Result<Vec<u32>, String> {
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
pub fn specialised(kernel: &Kernel) -> Result<(Module, ModuleInfo), String> {
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

#[test]
fn invalid_kernels_are_found() {
    assert!(compile(&altered(add_to(), "sum[i]", "sun[i]").kernel).unwrap_err().contains("sun"));
    assert!(compile(&altered(add_to(), "storage, read_write", "storage, read").kernel).is_err());
    let mut without_constants = add_to().kernel;
    without_constants.constants.clear();
    assert!(compile(&without_constants).unwrap_err().contains("MissingValue"));
}
