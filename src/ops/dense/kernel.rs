//! Which kernel computes the products of dense layers on a device.

use crate::program::kernel::{DeviceProfile, Kernel, Source, WORKGROUP, shader};

/// Rows and columns that an invocation of `shaders/dense/plain.wgsl` computes.
const PLAIN: usize = 8;

/// Invocations of its workgroups: what a processor's vector holds, and small enough to keep several processors busy.
const PLAIN_WORKGROUP: usize = 8;

/// Rows and columns that a workgroup of `shaders/dense/tiled.wgsl` computes.
const TILE: usize = 64;

/// What kernels of one and of two products share: what a workgroup knows, and how blocks are written.
const SHARED: [Source; 2] = [shader!("dense/product.wgsl"), shader!("dense/finish.wgsl")];

/// Rows and columns of a block, and the inner dimension of one step.
const BLOCK: usize = 4;

/// Tiles that keep a GPU busy, and invocations; with fewer tiles, smaller pieces do better. On an H200, whose processors are
/// 132, 200 tiles and 65,536 invocations instead of 32 and 16,384 took steps of the reports' nets from 148, 321 and 215 µs to
/// 70, 169 and 123, and the product of two 512 × 512 matrices from 53 to 19.
const ENOUGH: Enough = Enough { tiles: 32, invocations: 16_384 };
const ENOUGH_DISCRETE: Enough = Enough { tiles: 200, invocations: 65_536 };

#[derive(Clone, Copy)]
struct Enough {
    tiles: usize,
    invocations: usize,
}

impl Enough {
    fn of(device: &DeviceProfile) -> Self {
        if device.discrete { ENOUGH_DISCRETE } else { ENOUGH }
    }
}

/// The sizes of a product of a `rows × inner` and an `inner × cols` matrix.
#[derive(Clone, Copy, Debug)]
pub(in crate::ops) struct Sizes {
    pub rows: usize,
    pub inner: usize,
    pub cols: usize,
}

/// How the work is laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    /// Without workgroup memory, for software adapters: there it costs more than it saves.
    Plain,
    /// Large tiles in workgroup memory, for large products.
    Tiled,
    /// The inner dimension split between the invocations of a workgroup, for small batches.
    Split,
}

impl Layout {
    fn of(products: &[Sizes], device: &DeviceProfile) -> Self {
        let tiles: usize = products.iter().map(|sizes| sizes.pieces(TILE)).sum();
        match (device.software, tiles >= Enough::of(device).tiles) {
            (true, _) => Layout::Plain,
            (false, true) => Layout::Tiled,
            (false, false) => Layout::Split,
        }
    }

    fn source(self) -> Source {
        match self {
            Layout::Plain => shader!("dense/plain.wgsl"),
            Layout::Tiled => shader!("dense/tiled.wgsl"),
            Layout::Split => shader!("dense/split.wgsl"),
        }
    }

    fn workgroups(self, sizes: Sizes, device: &DeviceProfile) -> usize {
        match self {
            Layout::Plain => sizes.pieces(PLAIN).div_ceil(PLAIN_WORKGROUP),
            Layout::Tiled => sizes.pieces(TILE),
            Layout::Split => (sizes.pieces(BLOCK) * sizes.slices(device)).div_ceil(WORKGROUP),
        }
    }
}

impl Sizes {
    /// Squares of `side` that cover the result.
    fn pieces(self, side: usize) -> usize {
        self.rows.div_ceil(side) * self.cols.div_ceil(side)
    }

    /// Invocations that share a block: as many as keep a GPU busy, a power of 2, each with two steps at least.
    fn slices(self, device: &DeviceProfile) -> usize {
        let busy = Enough::of(device).invocations / self.pieces(BLOCK);
        let wanted = busy.min(self.inner / (2 * BLOCK)).clamp(1, WORKGROUP);
        1 << wanted.ilog2()
    }
}

/// Whether a layer's tensors can be read by vectors of four.
pub(in crate::ops) fn by_fours(inputs: usize, outputs: usize) -> bool {
    inputs.is_multiple_of(4) && outputs.is_multiple_of(4)
}

/// The kernel of one product, whose operands and blocks come from `sources`.
pub(in crate::ops) fn of_one(mut sources: Vec<Source>, sizes: Sizes, device: &DeviceProfile) -> Kernel {
    sources.push(shader!("dense/inner.wgsl"));
    of_ranges(sources, sizes, sizes, device)
}

/// The kernel of a product whose rows have ranges of their own of the inner dimension, which `sources` say; its layout is that
/// of a product of the sizes `like`.
pub(in crate::ops) fn of_ranges(
    mut sources: Vec<Source>,
    like: Sizes,
    sizes: Sizes,
    device: &DeviceProfile,
) -> Kernel {
    let layout = Layout::of(&[like], device);
    sources.push(shader!("dense/whole.wgsl"));
    let kernel = joined(sources, layout, layout.workgroups(sizes, device));
    if layout == Layout::Split { kernel.size("SLICES", sizes.slices(device)) } else { kernel }
}

/// Rows of the result that are computed together: rows of one range come in multiples of so many.
pub(in crate::ops) fn side_of(like: Sizes, device: &DeviceProfile) -> usize {
    match Layout::of(&[like], device) {
        Layout::Plain => PLAIN,
        Layout::Tiled => TILE,
        Layout::Split => BLOCK,
    }
}

/// The kernel of an input's and a weight's gradient side by side.
pub(in crate::ops) fn of_both(sources: Vec<Source>, dx: Sizes, dw: Sizes, device: &DeviceProfile) -> Kernel {
    let layout = Layout::of(&[dx, dw], device);
    let sources = [sources, vec![shader!("dense/inner.wgsl")]].concat();
    let (first, second) = (layout.workgroups(dx, device), layout.workgroups(dw, device));
    let kernel = joined(sources, layout, first + second).size("DX_GROUPS", first);
    if layout != Layout::Split {
        return kernel;
    }
    kernel.size("DX_SLICES", dx.slices(device)).size("DW_SLICES", dw.slices(device))
}

fn joined(mut sources: Vec<Source>, layout: Layout, workgroups: usize) -> Kernel {
    sources.extend(SHARED);
    sources.push(layout.source());
    Kernel { sources, constants: Vec::new(), workgroups }
}
