//! What a program asks of a device, and whether the device offers it; found out before anything is made.

use wgpu::Limits;

use crate::error::gpu::GpuError;
use crate::program::kernel::{DeviceProfile, Kernel, WORKGROUP};
use crate::program::op::{Cost, Use};
use crate::program::tensor::{BufferId, Tensor};
use crate::program::{Program, Step};

/// The dispatch of one step.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The step's number.
    pub step: usize,
    /// The op's name.
    pub op: &'static str,
    pub cost: Cost,
    pub kernel: Kernel,
    /// Of each operand in order.
    pub operands: Vec<Operand>,
    /// Workgroups in two dimensions.
    pub groups: [u32; 2],
}

/// A part of a buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub buffer: BufferId,
    pub read_only: bool,
    /// Bytes.
    pub start: u64,
    /// Bytes, in whole words.
    pub size: u64,
}

/// An error unless kernels in workgroups of [`WORKGROUP`] can run at all.
pub(super) fn check_device(limits: &Limits) -> Result<(), GpuError> {
    let device = || "a device for wgrad".to_string();
    let invocations = u64::from(limits.max_compute_invocations_per_workgroup);
    within(device, "max_compute_invocations_per_workgroup", WORKGROUP as u64, invocations)?;
    let across = u64::from(limits.max_compute_workgroup_size_x);
    within(device, "max_compute_workgroup_size_x", WORKGROUP as u64, across)
}

/// The dispatches of a program whose buffers and kernels the device can hold.
pub(super) fn plan(
    program: &Program,
    limits: &Limits,
    profile: &DeviceProfile,
) -> Result<Vec<Plan>, GpuError> {
    for info in program.buffers().values() {
        let what = || format!("buffer {}", info.name);
        within(what, "max_buffer_size", info.bytes(), limits.max_buffer_size)?;
    }
    let steps = program.steps().iter().enumerate();
    steps.map(|(number, step)| plan_step(program, number, step, limits, profile)).collect()
}

fn plan_step(
    program: &Program,
    number: usize,
    step: &Step,
    limits: &Limits,
    profile: &DeviceProfile,
) -> Result<Plan, GpuError> {
    let what = || format!("step {number}, {}", step.name());
    let offered = u64::from(limits.max_storage_buffers_per_shader_stage);
    let needed = step.operands().len() as u64;
    within(what, "max_storage_buffers_per_shader_stage", needed, offered)?;
    let operand = |(used, tensor): &(Use, Tensor)| {
        let name = program.buffers().get(&tensor.buffer).map_or("?", |info| &info.name);
        check_range(number, step.name(), name, *tensor, limits)?;
        let start = (tensor.start * tensor.element.bytes()) as u64;
        let size = tensor.element.bytes_of(tensor.len());
        Ok(Operand { buffer: tensor.buffer, read_only: *used == Use::In, start, size })
    };
    let operands = step.operands().iter().map(operand).collect::<Result<_, GpuError>>()?;
    let kernel = step.kernel(profile);
    let groups = fold(what, kernel.workgroups, limits.max_compute_workgroups_per_dimension)?;
    Ok(Plan { step: number, op: step.name(), cost: step.cost(), kernel, operands, groups })
}

/// An error unless the device can bind `tensor`, and kernels can number its elements.
fn check_range(
    step: usize,
    op: &'static str,
    buffer: &str,
    tensor: Tensor,
    limits: &Limits,
) -> Result<(), GpuError> {
    let what = || format!("step {step}, {op}: its {tensor} tensor in buffer {buffer}");
    let size = tensor.element.bytes_of(tensor.len());
    within(what, "max_storage_buffer_binding_size", size, limits.max_storage_buffer_binding_size)?;
    within(what, "elements that a u32 can number", tensor.len() as u64, u64::from(u32::MAX))?;
    let start = (tensor.start * tensor.element.bytes()) as u64;
    let alignment = u64::from(limits.min_storage_buffer_offset_alignment);
    if start.is_multiple_of(alignment) {
        return Ok(());
    }
    let (shape, buffer) = (tensor.to_string(), buffer.to_string());
    Err(GpuError::Alignment { step, op, shape, buffer, start, alignment })
}

/// Workgroups in as few rows as the device allows, and rows as short as will do.
fn fold(what: impl Fn() -> String, groups: usize, most: u32) -> Result<[u32; 2], GpuError> {
    let (groups, most) = (groups as u64, u64::from(most));
    let down = groups.div_ceil(most.max(1)).max(1);
    let across = groups.div_ceil(down);
    within(&what, "max_compute_workgroups_per_dimension", down, most)?;
    within(
        &what,
        "invocations that a u32 can number",
        across * down * WORKGROUP as u64,
        u64::from(u32::MAX),
    )?;
    Ok([across as u32, down as u32])
}

fn within(what: impl Fn() -> String, name: &'static str, needed: u64, limit: u64) -> Result<(), GpuError> {
    if needed <= limit {
        return Ok(());
    }
    Err(GpuError::Limit { what: what(), name, needed, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_only_what_does_not_fit_one_row() {
        let fold = |groups, most| fold(String::new, groups, most);
        assert_eq!(fold(1, 65_535), Ok([1, 1]));
        assert_eq!(fold(65_535, 65_535), Ok([65_535, 1]));
        assert_eq!(fold(65_536, 65_535), Ok([32_768, 2]));
        assert_eq!(fold(10, 4), Ok([4, 3]));
        assert!(matches!(fold(17, 4), Err(GpuError::Limit { needed: 5, limit: 4, .. })));
        assert!(matches!(fold(1 << 26, 65_535), Err(GpuError::Limit { limit: 0xffff_ffff, .. })));
    }
}
