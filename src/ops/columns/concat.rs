//! Columns side by side.

use super::{Slice, of_batch};
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// The most tensors that [`Concat`] puts side by side: weak devices bind four buffers, and one is the output.
pub const MOST_PARTS: usize = 3;

/// `y = [x₀ x₁ …]`: the columns of up to three tensors, side by side.
///
/// # Shapes
/// `parts`: each batch × nᵢ; `y`: batch × Σ nᵢ.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::Concat;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("concat", 1);
/// let [a, b, y] = [("a", 2), ("b", 1), ("y", 3)].map(|(name, cols)| tape.batched(name, cols));
/// tape.push(Concat { parts: vec![a, b], y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(a, Values::Real(&[1.0, 2.0]))?;
/// cpu.write(b, Values::Real(&[3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [1.0, 2.0, 3.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Concat {
    /// The tensors, from left to right.
    pub parts: Vec<Tensor>,
    /// All of them.
    pub y: Tensor,
}

impl Concat {
    /// Each part with the column of `y` that it begins at.
    fn placed(&self) -> impl Iterator<Item = (usize, Tensor)> {
        self.parts.iter().scan(0, |end, part| {
            *end += part.cols;
            Some((*end - part.cols, *part))
        })
    }
}

impl Op for Concat {
    const NAME: &'static str = "concat";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        // One kernel for any number of parts: in place of those that are missing, which have no columns, it binds the last.
        let last = self.parts.last().copied();
        let parts =
            self.parts.iter().copied().chain(last.into_iter().cycle()).take(MOST_PARTS.max(self.parts.len()));
        std::iter::once((Use::Out, self.y)).chain(parts.map(|part| (Use::In, part))).collect()
    }

    fn check(&self) -> Result<(), OpError> {
        if !(1..=MOST_PARTS).contains(&self.parts.len()) {
            return Err(OpError::new(format!(
                "puts {} tensors side by side; it takes 1 to {MOST_PARTS}",
                self.parts.len()
            )));
        }
        let all: Vec<_> = self.parts.iter().copied().chain([self.y]).collect();
        of_batch(&all)?;
        let cols: usize = self.parts.iter().map(|part| part.cols).sum();
        if cols == self.y.cols {
            Ok(())
        } else {
            Err(OpError::new(format!("puts {cols} columns side by side in {}", self.y)))
        }
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let y = views.output(0);
        for (number, (start, part)) in self.placed().enumerate() {
            let rows = views.input(number + 1).chunks_exact(part.cols);
            for (y, x) in y.chunks_exact_mut(self.y.cols).zip(rows) {
                y[start..start + part.cols].copy_from_slice(x);
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("columns/concat.wgsl"), self.y.len());
        let widths = self.parts.iter().map(|part| part.cols).chain(std::iter::repeat(0));
        let kernel = ["A", "B", "C"]
            .into_iter()
            .zip(widths)
            .fold(kernel, |kernel, (name, width)| kernel.size(name, width));
        kernel.size("COLS", self.y.cols)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        for (start, part) in self.placed() {
            tape.contribute(part, |tape, dx| tape.push(Slice { x: dy, start, y: dx }));
        }
    }

    fn bytes(&self) -> f64 {
        2.0 * (self.y.len() * self.y.element.bytes()) as f64
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

impl OpCases for Concat {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let widths: [&[usize]; 5] = [&[1], &[1, 1], &[13, 7], &[3, 1, 97], &[64, 7, 130]];
        let mut case = |widths: &[usize]| {
            let parts = widths.iter().map(|cols| tape.batched("part", *cols)).collect();
            Self { parts, y: tape.batched("y", widths.iter().sum()) }
        };
        widths.map(&mut case).to_vec()
    }
}
