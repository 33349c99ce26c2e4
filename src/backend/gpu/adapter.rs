//! Adapters: what there is, and which one to use.

use std::fmt;

use wgpu::{Backends, DeviceType, DownlevelFlags};

use super::error::GpuError;

/// The environment variable that chooses an adapter where the program does not.
pub const ADAPTER_VARIABLE: &str = "WGRAD_ADAPTER";

/// What [`AdapterInfo::api`] calls OpenGL.
pub(super) const OPENGL: &str = "OpenGL";

/// A graphics processor, seen through one driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterInfo {
    /// Its name.
    pub name: String,
    /// The interface that it is reached by: `Vulkan`, `Metal`, `DX12` or `OpenGL`.
    pub api: &'static str,
    /// `discrete`, `integrated`, `virtual`, `other` or `software`.
    pub kind: &'static str,
    /// Its driver's name and version.
    pub driver: String,
    /// Whether the processor computes what a GPU should, as lavapipe and WARP do.
    pub software: bool,
}

impl AdapterInfo {
    pub(super) fn of(info: &wgpu::AdapterInfo) -> Self {
        let driver = format!("{} {}", info.driver, info.driver_info);
        Self {
            name: info.name.clone(),
            api: match info.backend {
                wgpu::Backend::Vulkan => "Vulkan",
                wgpu::Backend::Metal => "Metal",
                wgpu::Backend::Dx12 => "DX12",
                wgpu::Backend::Gl => OPENGL,
                _ => "other",
            },
            kind: match info.device_type {
                DeviceType::DiscreteGpu => "discrete",
                DeviceType::IntegratedGpu => "integrated",
                DeviceType::VirtualGpu => "virtual",
                DeviceType::Other => "other",
                DeviceType::Cpu => "software",
            },
            driver: driver.trim().to_string(),
            software: info.device_type == DeviceType::Cpu,
        }
    }
}

/// `NAME (Vulkan, discrete, driver NVIDIA 575.57)`.
impl fmt::Display for AdapterInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {}", self.name, self.api, self.kind)?;
        if !self.driver.is_empty() {
            write!(f, ", driver {}", self.driver)?;
        }
        write!(f, ")")
    }
}

/// Which adapter to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdapterChoice {
    /// A part of what [`AdapterInfo`] prints, in any case: `radeon`, `vulkan`. Where it is `None`, the environment
    /// variable `WGRAD_ADAPTER` chooses, and where that is not set either, the first of [`adapters`] is used.
    pub name: Option<String>,
    /// Whether a software adapter will do when no name is given.
    pub software: bool,
}

impl AdapterChoice {
    /// The name that an adapter must have a part of.
    pub(crate) fn wanted(&self) -> Option<String> {
        let from_environment = || std::env::var(ADAPTER_VARIABLE).ok();
        self.name.clone().or_else(from_environment).filter(|name| !name.is_empty())
    }
}

/// The interfaces made for computing on GPUs.
const NATIVE: Backends = Backends::VULKAN.union(Backends::METAL).union(Backends::DX12);

/// The adapters that can run kernels, the best first.
///
/// Native interfaces come before OpenGL, which shows the same processors again and cannot tell their kinds; then
/// discrete comes before integrated, virtual, others, and software.
pub fn adapters() -> Vec<AdapterInfo> {
    [NATIVE, Backends::GL]
        .into_iter()
        .flat_map(ranked)
        .map(|adapter| AdapterInfo::of(&adapter.get_info()))
        .collect()
}

/// The best adapter that `choice` allows. OpenGL is started only where no native one fits: it loads a driver more.
pub(super) fn choose(choice: &AdapterChoice) -> Result<wgpu::Adapter, GpuError> {
    let wanted = choice.wanted();
    let fits = |info: &AdapterInfo| match &wanted {
        Some(part) => info.to_string().to_lowercase().contains(&part.to_lowercase()),
        None => choice.software || !info.software,
    };
    let mut found = Vec::new();
    for adapter in [NATIVE, Backends::GL].into_iter().flat_map(ranked) {
        let info = AdapterInfo::of(&adapter.get_info());
        if fits(&info) {
            return Ok(adapter);
        }
        found.push(info.to_string());
    }
    Err(GpuError::NoAdapter { wanted, found })
}

fn ranked(backends: Backends) -> Vec<wgpu::Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        // Validation layers and shader debug information are for WGPU_VALIDATION=1 and WGPU_DEBUG=1.
        flags: wgpu::InstanceFlags::empty().with_env(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut adapters = pollster::block_on(instance.enumerate_adapters(backends));
    adapters.retain(|a| a.get_downlevel_capabilities().flags.contains(DownlevelFlags::COMPUTE_SHADERS));
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    adapters
}

/// The lower the better.
fn rank(kind: DeviceType) -> u8 {
    match kind {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_discrete_first_and_software_last() {
        use DeviceType::{Cpu, DiscreteGpu, IntegratedGpu, Other, VirtualGpu};
        let mut kinds = [Cpu, Other, IntegratedGpu, VirtualGpu, DiscreteGpu];
        kinds.sort_by_key(|kind| rank(*kind));
        assert_eq!(kinds, [DiscreteGpu, IntegratedGpu, VirtualGpu, Other, Cpu]);
    }
}
