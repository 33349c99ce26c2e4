//! What can go wrong on a GPU, with the numbers and what to do about it.

/// How to get a driver, on each system.
#[cfg(target_family = "wasm")]
const DRIVERS: &str = "Chrome and Edge have WebGPU since 113, Safari since 26, Firefox since 141 on Windows; on Linux a browser may \
want it to be switched on";

/// How to get a driver, on each system.
#[cfg(not(target_family = "wasm"))]
const DRIVERS: &str = "Linux needs a Vulkan driver of the GPU's vendor (or `mesa-vulkan-drivers` for a software one), \
Windows the vendor's driver; on macOS Metal is built in";

/// What can go wrong on a GPU.
///
/// ```
/// use wgrad::Error;
/// use wgrad::backend::gpu::{AdapterChoice, Gpu, GpuError};
///
/// let choice = AdapterChoice { name: Some("no such card".into()), software: true };
/// match Gpu::new(&choice) {
///     Err(Error::Gpu(GpuError::NoAdapter { wanted, found })) => {
///         assert_eq!(wanted.as_deref(), Some("no such card"));
///         println!("there are {found:?}");
///     }
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    // === Choosing a device ===
    /// No adapter, or none that was asked for.
    #[error("{}", no_adapter(wanted.as_deref(), found))]
    NoAdapter {
        /// The number or the part of a name that was asked for.
        wanted: Option<String>,
        /// The adapters that are there, with their numbers.
        found: Vec<String>,
    },
    /// An adapter whose driver gives no device.
    #[error("{adapter} gives no device: {why}; update its driver, or choose another adapter")]
    NoDevice {
        /// The adapter.
        adapter: String,
        /// What the driver says.
        why: String,
    },

    // === Programs ===
    /// More than the device can hold or do.
    #[error(
        "{what} needs {needed} of the device's {limit} at {name}; use {}another device, or the CPU backend",
        smaller(name)
    )]
    Limit {
        /// The buffer, step or device at fault.
        what: String,
        /// The limit's name in WebGPU.
        name: &'static str,
        /// What is needed.
        needed: u64,
        /// What the device offers.
        limit: u64,
    },
    /// A tensor that starts where the device cannot bind a buffer.
    #[error(
        "step {step}, {op}: its {shape} tensor starts at byte {start} of buffer {buffer}; it must be a multiple of {alignment}; \
         let it start elsewhere, or use the CPU backend"
    )]
    Alignment {
        /// The step's number.
        step: usize,
        /// The op's name.
        op: &'static str,
        /// The tensor's shape.
        shape: String,
        /// The buffer's name.
        buffer: String,
        /// Where the tensor starts, in bytes.
        start: u64,
        /// What the start must be a multiple of.
        alignment: u64,
    },
    /// A kernel that does not compile.
    #[error(
        "step {step}, {op}: kernel {kernel} does not compile; if it is not your own, update the driver, choose another \
         adapter or use the CPU backend\n{message}"
    )]
    Kernel {
        /// The step's number.
        step: usize,
        /// The op's name.
        op: &'static str,
        /// The kernel's label.
        kernel: String,
        /// What the compiler says, with file and line where it knows them.
        message: String,
    },

    // === The device at work ===
    /// Not enough memory on the device.
    #[error(
        "the device ran out of memory while it had to {doing}; use smaller batches, layers or datasets, or close what \
         else uses it"
    )]
    OutOfMemory {
        /// What it had to do.
        doing: String,
    },
    /// An error that the device reported.
    #[error(
        "the device could not {doing}: {message}; update the driver, choose another adapter or use the CPU backend"
    )]
    Device {
        /// What it had to do.
        doing: String,
        /// What it says.
        message: String,
    },
    /// A device that is gone; a new [`Gpu`](crate::backend::gpu::Gpu) is needed.
    #[error("the device was lost: {message}; make a new one and go on from a checkpoint")]
    DeviceLost {
        /// What the driver says.
        message: String,
    },
    /// Work that the device did not finish.
    #[error("the device did not finish its work in {seconds} s; use smaller batches")]
    Timeout {
        /// How long it was waited for.
        seconds: u64,
    },
}

/// What asks less of a limit, if anything does.
fn smaller(limit: &str) -> &'static str {
    match limit {
        "max_storage_buffers_per_shader_stage" => {
            "plain SGD and full precision, whose kernels bind the fewest, "
        }
        // Every kernel needs as much.
        "max_compute_invocations_per_workgroup" | "max_compute_workgroup_size_x" => "",
        _ => "smaller batches or layers, ",
    }
}

fn no_adapter(wanted: Option<&str>, found: &[String]) -> String {
    let found = found.join(", ");
    match wanted {
        Some(wanted) if found.is_empty() => {
            format!("no adapter matches \"{wanted}\": there is none. {DRIVERS}")
        }
        Some(wanted) => {
            format!("no adapter matches \"{wanted}\"; choose by number or by a part of the name: {found}")
        }
        None if found.is_empty() => format!("there is no GPU adapter. {DRIVERS}"),
        None => {
            format!("there is no GPU, only software adapters, to be asked for by name: {found}. {DRIVERS}")
        }
    }
}
