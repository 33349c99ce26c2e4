//! A kernel: the WGSL files to join, their constants, and how many workgroups to start.

use crate::program::tensor::{Element, Tensor};

/// Invocations in a workgroup, in every kernel.
pub const WORKGROUP: usize = 64;

/// Numbers from which on a workgroup shares a row.
const LONG: usize = 257;

/// A WGSL file: its name below `shaders/`, and its text.
///
/// ```
/// use wgrad::kernel::{Kernel, Source};
///
/// let negate = Source { name: "negate.wgsl", text: "fn negate(x: f32) -> f32 { return -x; }" };
/// let main = Source { name: "main.wgsl", text: "/* calls negate */" };
/// let kernel = Kernel::per_element(main, 1000).with(negate);
/// assert_eq!(kernel.label(), "wgrad.negate+main");
/// assert!(kernel.wgsl().contains("fn negate"));
/// ```
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
        $crate::program::kernel::Source {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name)),
        }
    };
}
pub(crate) use shader;

/// What a kernel may take into account of the device that it is for; by default one in hardware, without `f16`.
///
/// ```
/// use wgrad::kernel::DeviceProfile;
/// use wgrad::layers::Relu;
/// use wgrad::ops::Activate;
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("relu", 1);
/// let [x, y] = ["x", "y"].map(|name| tape.batched_of(name, Element::Half, 4));
/// tape.push(Activate { activation: Relu.into(), x, y });
/// let program = tape.finish()?;
/// let wgsl = |f16| program.steps()[0].kernel(&DeviceProfile { f16, ..DeviceProfile::default() }).wgsl();
/// assert!(wgsl(true).contains("enable f16;") && !wgsl(false).contains("enable f16;"));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceProfile {
    /// Whether the adapter is a software driver, such as lavapipe or WARP.
    pub software: bool,
    /// Whether WGSL's `f16` may be used; elsewhere halves are packed in pairs.
    pub f16: bool,
    /// Whether the adapter is a card of its own, with many times the processors of one beside a CPU.
    pub discrete: bool,
}

/// The file by which kernels read and write four numbers at a time: reals, or halves as the device knows them.
pub(crate) fn numbers(element: Element, device: &DeviceProfile) -> Source {
    match (element, device.f16) {
        (Element::Half, true) => shader!("number/f16.wgsl"),
        (Element::Half, false) => shader!("number/packed.wgsl"),
        _ => shader!("number/f32.wgsl"),
    }
}

/// How many invocations a row of `width` numbers keeps busy, by ones or by fours, and the file that says by which.
pub(crate) fn at_once(width: usize) -> (usize, Source) {
    if width.is_multiple_of(4) {
        (width / 4, shader!("at_once/four.wgsl"))
    } else {
        (width, shader!("at_once/one.wgsl"))
    }
}

/// The program of one dispatch.
///
/// The batch's values (`shaders/batch.wgsl`) and what tells NaN (`shaders/bits.wgsl`) are joined in front of the sources; the operands are bound in
/// group 0 in the order of [`Op::operands`](crate::Op::operands). Workgroup memory holds anything at the start: unlike in
/// other WGSL, nobody zeroes it.
///
/// ```
/// use wgrad::kernel::{Kernel, Source, WORKGROUP};
///
/// let text = "override COLS: u32; /* … */";
/// let kernel = Kernel::per_element(Source { name: "double.wgsl", text }, 1000).size("COLS", 10);
/// assert_eq!((kernel.workgroups, kernel.constants.clone()), (1000_usize.div_ceil(WORKGROUP), vec![("COLS", 10.0)]));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use = "it is what an op gives to a device"]
pub struct Kernel {
    /// The files to join, in order; one that comes again is joined once.
    pub sources: Vec<Source>,
    /// Values of the `override` constants.
    pub constants: Vec<(&'static str, f64)>,
    /// Workgroups to start in all, folded to two dimensions where there are too many for one.
    pub workgroups: usize,
}

impl Kernel {
    /// A kernel of so many workgroups.
    pub fn new(source: Source, workgroups: usize) -> Self {
        Self { sources: vec![source], constants: Vec::new(), workgroups }
    }

    /// A kernel with one invocation per element, in workgroups of [`WORKGROUP`].
    pub fn per_element(source: Source, elements: usize) -> Self {
        Self::new(source, elements.div_ceil(WORKGROUP))
    }

    /// A kernel over the elements of a tensor by fours, stored as the device knows them, or by ones where rows are not made
    /// of fours; `one` and `four` are the files that say what an invocation does.
    pub(crate) fn by_fours(
        main: Source,
        over: Tensor,
        [one, four]: [Source; 2],
        device: &DeviceProfile,
    ) -> Self {
        if over.cols.is_multiple_of(4) {
            Self::per_element(main, over.len() / 4).with(four).with(numbers(over.element, device))
        } else {
            Self::per_element(main, over.len()).with(one)
        }
    }

    /// A kernel over items of `width` numbers each: one invocation an item, or a workgroup where there is much to do.
    pub(crate) fn by_lanes(source: Source, items: usize, width: usize) -> Self {
        let kernel = if width >= LONG {
            Self::new(source, items).with(shader!("lanes/many.wgsl")).with(shader!("lanes/tree.wgsl"))
        } else {
            Self::per_element(source, items).with(shader!("lanes/one.wgsl"))
        };
        kernel.with(shader!("lanes/best.wgsl"))
    }

    /// A kernel with an invocation for each number of a row in which many tensors lie, as a table says.
    pub(crate) fn by_table(main: Source, over: Tensor, table: Tensor) -> Self {
        let kernel = Self::per_element(main, over.len()).with(shader!("table.wgsl"));
        kernel.size("ROWS", table.rows).size("COLUMNS", table.cols)
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

    /// Its sources, each once, however many of the others call its functions.
    fn different(&self) -> Vec<Source> {
        let mut different = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            if !different.contains(source) {
                different.push(*source);
            }
        }
        different
    }

    /// Its files in the order in which they are joined: the batch's values and what tells NaN before all but files that
    /// enable an extension, which WGSL wants first.
    pub fn files(&self) -> impl Iterator<Item = Source> {
        let (enabling, others): (Vec<_>, Vec<_>) =
            self.different().into_iter().partition(|source| source.text.starts_with("enable "));
        enabling.into_iter().chain([shader!("batch.wgsl"), shader!("bits.wgsl")]).chain(others)
    }

    /// The whole WGSL text.
    pub fn wgsl(&self) -> String {
        self.files().map(|file| file.text).collect()
    }

    /// The names of its files, joined by `+`.
    pub fn label(&self) -> String {
        let names: Vec<_> = self.different().iter().map(|s| s.name.trim_end_matches(".wgsl")).collect();
        format!("wgrad.{}", names.join("+"))
    }
}
