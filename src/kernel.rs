//! A kernel: the WGSL files to join, their constants, and how many workgroups to start.

/// Invocations in a workgroup, in every kernel.
pub const WORKGROUP: usize = 64;

/// A WGSL file: its name below `shaders/`, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The file's name, for labels and compile errors.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The [`Source`] of a file below the crate's `shaders/`.
macro_rules! shader {
    ($name:literal) => {
        $crate::kernel::Source {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name)),
        }
    };
}
pub(crate) use shader;

/// What a kernel may take into account of the device that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceProfile {
    /// Whether the adapter is a software driver, such as lavapipe or WARP.
    pub software: bool,
}

/// The program of one dispatch.
///
/// The batch's values (`shaders/batch.wgsl`) are joined in front of the sources; the operands are bound in
/// group 0 in the order of [`Op::operands`](crate::Op::operands).
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// The files to join, in order.
    pub sources: Vec<Source>,
    /// Values of the `override` constants.
    pub constants: Vec<(&'static str, f64)>,
    /// Workgroups to start in all, folded to two dimensions where there are too many for one.
    pub workgroups: usize,
}

impl Kernel {
    /// A kernel with one invocation per element, in workgroups of [`WORKGROUP`].
    pub fn per_element(source: Source, elements: usize) -> Self {
        Self { sources: vec![source], constants: Vec::new(), workgroups: elements.div_ceil(WORKGROUP) }
    }

    /// Puts a file in front of the others.
    pub fn with(mut self, source: Source) -> Self {
        self.sources.insert(0, source);
        self
    }

    /// Sets an `override` constant.
    pub fn constant(mut self, name: &'static str, value: impl Into<f64>) -> Self {
        self.constants.push((name, value.into()));
        self
    }

    /// Sets an `override` constant to a size.
    pub fn size(self, name: &'static str, value: usize) -> Self {
        self.constant(name, value as f64)
    }

    /// Its files in the order in which they are joined, the batch's values first.
    pub fn files(&self) -> impl Iterator<Item = Source> {
        std::iter::once(shader!("batch.wgsl")).chain(self.sources.iter().copied())
    }

    /// The whole WGSL text.
    pub fn wgsl(&self) -> String {
        self.files().map(|file| file.text).collect()
    }

    /// The names of its files, joined by `+`.
    pub fn label(&self) -> String {
        let names: Vec<_> = self.sources.iter().map(|s| s.name.trim_end_matches(".wgsl")).collect();
        format!("wgrad.{}", names.join("+"))
    }
}
