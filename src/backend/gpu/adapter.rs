//! Adapters: what there is, and which one to use.

use std::fmt;

use wgpu::{Backends, DeviceType};

use super::platform::{INTERFACES, ranked};
use crate::backend::wait;
use crate::error::Result;
use crate::error::gpu::GpuError;

/// The environment variable that chooses an adapter where the program does not.
pub const ADAPTER_VARIABLE: &str = "WGRAD_ADAPTER";

/// What [`AdapterInfo::api`] calls OpenGL.
pub(super) const OPENGL: &str = "OpenGL";

/// What [`AdapterInfo::kind`] calls a card of its own.
pub(super) const DISCRETE: &str = "discrete";

/// A graphics processor, seen through one driver.
///
/// ```
/// use wgrad::backend::gpu::adapters;
///
/// for (number, adapter) in adapters().into_iter().enumerate() {
///     println!("{number}: {adapter}");
///     assert_eq!(adapter.software, adapter.kind == "software");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdapterInfo {
    /// Its name.
    pub name: String,
    /// The interface that it is reached by: `Vulkan`, `Metal`, `DX12`, `OpenGL`, or `WebGPU` in a browser.
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
            // Browsers may keep it to themselves.
            name: if info.name.is_empty() { "a GPU".into() } else { info.name.clone() },
            api: match info.backend {
                wgpu::Backend::Vulkan => "Vulkan",
                wgpu::Backend::Metal => "Metal",
                wgpu::Backend::Dx12 => "DX12",
                wgpu::Backend::Gl => OPENGL,
                wgpu::Backend::BrowserWebGpu => "WebGPU",
                _ => "other",
            },
            kind: match info.device_type {
                DeviceType::DiscreteGpu => DISCRETE,
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
///
/// ```
/// use wgrad::backend::gpu::{AdapterChoice, adapters};
///
/// for (number, adapter) in adapters().into_iter().enumerate() {
///     let choice = AdapterChoice { name: Some(number.to_string()), ..AdapterChoice::default() };
///     assert_eq!(choice.adapter()?.get_info().name, adapter.name);
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdapterChoice {
    /// The adapter's number, its place in [`adapters`] counted from 0, or a part of what [`AdapterInfo`] prints, in any
    /// case: `1`, `radeon`, `vulkan`. A number that no adapter has is a part of a name, as `4090` is. Where it is `None`,
    /// the environment variable `WGRAD_ADAPTER` chooses, and where that is not set either, the first of [`adapters`] is
    /// used.
    pub name: Option<String>,
    /// Whether a software adapter will do when no name is given.
    pub software: bool,
}

impl AdapterChoice {
    /// The adapter that this means, for a program that makes a device of its own.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], with those that there are.
    pub fn adapter(&self) -> Result<wgpu::Adapter> {
        wait("adapter_async", self.adapter_async())
    }

    /// [`adapter`](AdapterChoice::adapter) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn adapter_async(&self) -> Result<wgpu::Adapter> {
        Ok(choose(self).await?.adapter)
    }

    /// The number or the part of a name that is asked for.
    pub(crate) fn wanted(&self) -> Option<String> {
        let from_environment = || std::env::var(ADAPTER_VARIABLE).ok();
        self.name.clone().or_else(from_environment).filter(|name| !name.is_empty())
    }

    /// The places of the adapters that fit. Until `all` are listed, a number beyond them may be that of one to come.
    fn places(&self, listed: &[AdapterInfo], all: bool) -> Vec<usize> {
        let wanted = self.wanted().map(|wanted| wanted.to_lowercase());
        let fits = |info: &AdapterInfo| match &wanted {
            Some(part) => info.to_string().to_lowercase().contains(part),
            None => self.software || !info.software,
        };
        match wanted.as_ref().and_then(|wanted| wanted.parse().ok()) {
            Some(number) if number < listed.len() => vec![number],
            Some(_) if !all => Vec::new(),
            _ => (0..listed.len()).filter(|place| fits(&listed[*place])).collect(),
        }
    }
}

/// The adapter that a choice means, and a line to print if its name means others as well.
pub(super) struct Chosen {
    pub adapter: wgpu::Adapter,
    pub note: Option<String>,
}

/// The adapters that can run kernels, the best first.
///
/// Native interfaces come before OpenGL, which shows the same processors again and cannot tell their kinds; then
/// discrete comes before integrated, virtual, others, and software.
///
/// ```
/// use wgrad::backend::gpu::adapters;
///
/// let native = adapters().into_iter().filter(|adapter| adapter.api != "OpenGL");
/// let software: Vec<bool> = native.map(|adapter| adapter.software).collect();
/// assert!(software.is_sorted()); // those in hardware come first
/// ```
///
/// A browser does not tell at once: there it is empty, and [`adapters_async`] is not.
pub fn adapters() -> Vec<AdapterInfo> {
    wait("adapters_async", async { Ok(adapters_async().await) }).unwrap_or_default()
}

/// [`adapters`] for a browser, where nothing may wait; it shows the one that it would give.
///
/// ```
/// use wgrad::backend::gpu::{adapters, adapters_async};
///
/// assert_eq!(pollster::block_on(adapters_async()), adapters());
/// ```
pub async fn adapters_async() -> Vec<AdapterInfo> {
    let mut adapters = Vec::new();
    for backends in INTERFACES {
        adapters.extend(ranked(backends).await);
    }
    adapters.iter().map(|adapter| AdapterInfo::of(&adapter.get_info())).collect()
}

/// The best adapter that `choice` allows.
pub(super) async fn choose(choice: &AdapterChoice) -> Result<Chosen, GpuError> {
    let (mut adapters, mut listed) = (Vec::new(), Vec::new());
    for (number, backends) in INTERFACES.into_iter().enumerate() {
        let all = number + 1 == INTERFACES.len();
        adapters.extend(ranked(backends).await);
        listed =
            adapters.iter().map(|adapter: &wgpu::Adapter| AdapterInfo::of(&adapter.get_info())).collect();
        let places = choice.places(&listed, all);
        if let Some(first) = places.first() {
            let note = choice.wanted().and_then(|wanted| several(&wanted, &places, &listed));
            return Ok(Chosen { adapter: adapters.swap_remove(*first), note });
        }
    }
    Err(GpuError::NoAdapter { wanted: choice.wanted(), found: (0..).zip(&listed).map(numbered).collect() })
}

/// What to say of a name that means several adapters.
fn several(wanted: &str, places: &[usize], listed: &[AdapterInfo]) -> Option<String> {
    let [first, _, ..] = places else { return None };
    let named: Vec<_> = places.iter().map(|place| numbered((*place, &listed[*place]))).collect();
    let named = named.join(", ");
    Some(format!(
        "{wanted:?} means several adapters: {named}; using {first}, another is chosen by its number"
    ))
}

fn numbered((number, adapter): (usize, &AdapterInfo)) -> String {
    format!("{number}: {adapter}")
}

pub(super) fn instance(backends: Backends) -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        // Validation layers and shader debug information are for WGPU_VALIDATION=1 and WGPU_DEBUG=1.
        flags: wgpu::InstanceFlags::empty().with_env(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(name: &str) -> AdapterInfo {
        let (name, driver) = (name.to_string(), "one".to_string());
        AdapterInfo { name, api: "Vulkan", kind: "discrete", driver, software: false }
    }

    #[test]
    fn a_number_is_a_place_where_there_is_one_and_else_a_part_of_a_name() {
        let cards = [card("RTX 4090"), card("Radeon 1"), card("RTX 4090")];
        let places =
            |name: &str, all| AdapterChoice { name: Some(name.into()), software: true }.places(&cards, all);
        assert_eq!(places("1", false), [1]);
        assert_eq!(places("2", false), [2]);
        assert_eq!(places("rtx", false), [0, 2]);
        assert_eq!(places("4090", false), [0; 0], "adapters to come may have that number");
        assert_eq!(places("4090", true), [0, 2]);
        assert_eq!(places("3", true), [0; 0]);
    }

    #[test]
    fn a_name_of_several_says_which_is_used_and_how_to_choose_another() {
        let cards = [card("Radeon"), card("RTX"), card("RTX")];
        let note = several("rtx", &[1, 2], &cards).expect("a note");
        for part in ["\"rtx\" means several", "1: RTX (Vulkan", "2: RTX (Vulkan", "using 1", "by its number"]
        {
            assert!(note.contains(part), "no {part:?} in {note}");
        }
        assert_eq!(several("radeon", &[0], &cards), None);
    }
}
