//! Products of each sample's matrices.

use super::shape;
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// `y = a · b` for each sample, where either may be turned around first: `q kᵀ` and `p v` of attention. Its derivatives are products
/// of the same kind.
///
/// # Shapes
/// `a`: (samples · m) × k, or (samples · k) × m if transposed; `b`: (samples · k) × n, or (samples · n) × k; `y`: (samples · m) × n.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::BatchedProduct;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("batched product", 1);
/// // The scores of two queries, each against two keys of three numbers.
/// let [q, k] = ["q", "k"].map(|name| tape.batched(name, 2 * 3).with_rows_per_sample(2));
/// let y = tape.batched("scores", 2 * 2).with_rows_per_sample(2);
/// tape.push(BatchedProduct { a: q, b: k, transposed: [false, true], y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(q, Values::Real(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]))?;
/// cpu.write(k, Values::Real(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [1.0, 4.0, 2.0, 5.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchedProduct {
    /// The left matrices.
    pub a: Tensor,
    /// The right matrices.
    pub b: Tensor,
    /// Whether `a` and `b` are turned around.
    pub transposed: [bool; 2],
    /// The products.
    pub y: Tensor,
}

/// How far apart the numbers of a matrix are from row to row and from column to column, perhaps once turned around.
#[inline(always)]
fn strides(matrix: Tensor, transposed: bool) -> [usize; 2] {
    if transposed { [1, matrix.cols] } else { [matrix.cols, 1] }
}

impl BatchedProduct {
    /// The terms of each number of the product.
    #[inline(always)]
    fn inner(&self) -> usize {
        self.a.sample_len() * self.y.cols / self.y.sample_len()
    }
}

impl Op for BatchedProduct {
    const NAME: &'static str = "batched_product";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.a), (Use::In, self.b), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        let turned = |tensor, transposed| {
            let [rows, cols] = shape(tensor)?;
            Ok::<_, OpError>(if transposed { [cols, rows] } else { [rows, cols] })
        };
        let [a, b] = [turned(self.a, self.transposed[0])?, turned(self.b, self.transposed[1])?];
        let y = shape(self.y)?;
        if a[1] == b[0] && y == [a[0], b[1]] {
            return Ok(());
        }
        let [[m, k], [inner, n], [rows, cols]] = [a, b, y];
        Err(OpError::new(format!(
            "writes products of {m}×{k} and {inner}×{n} matrices to {rows}×{cols} ones"
        )))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (a, b, y) = (views.input(0), views.input(1), views.output(2));
        let [[a_row, a_col], [b_row, b_col]] =
            [strides(self.a, self.transposed[0]), strides(self.b, self.transposed[1])];
        let samples = a.chunks_exact(self.a.sample_len()).zip(b.chunks_exact(self.b.sample_len()));
        for (y, (a, b)) in y.chunks_exact_mut(self.y.sample_len()).zip(samples) {
            for (at, y) in y.iter_mut().enumerate() {
                let (row, col) = (at / self.y.cols, at % self.y.cols);
                *y = (0..self.inner()).map(|k| a[row * a_row + k * a_col] * b[k * b_row + col * b_col]).sum();
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let [[a_row, a_col], [b_row, b_col]] =
            [strides(self.a, self.transposed[0]), strides(self.b, self.transposed[1])];
        let kernel = Kernel::per_element(shader!("samples/product.wgsl"), self.y.len());
        let kernel =
            kernel.size("A_ROW", a_row).size("A_COL", a_col).size("B_ROW", b_row).size("B_COL", b_col);
        kernel
            .size("ROWS", self.y.sample_len() / self.y.cols)
            .size("COLS", self.y.cols)
            .size("INNER", self.inner())
    }

    /// With `A` and `B` for the matrices as they are multiplied, `dA = dy Bᵀ` and `dB = Aᵀ dy`, each turned back where it was turned.
    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let Self { a, b, transposed: [a_turned, b_turned], .. } = *self;
        tape.contribute(a, |tape, da| {
            tape.push(match a_turned {
                false => Self { a: dy, b, transposed: [false, !b_turned], y: da },
                true => Self { a: b, b: dy, transposed: [b_turned, true], y: da },
            });
        });
        tape.contribute(b, |tape, db| {
            tape.push(match b_turned {
                false => Self { a, b: dy, transposed: [!a_turned, false], y: db },
                true => Self { a: dy, b: a, transposed: [true, a_turned], y: db },
            });
        });
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.inner()))
    }

    fn flops(&self) -> f64 {
        2.0 * (self.y.len() * self.inner()) as f64
    }
}

impl OpCases for BatchedProduct {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        let all = [[false, false], [false, true], [true, false], [true, true]];
        for ([m, k, n], transposed) in
            [[1, 1, 1], [3, 7, 5], [5, 67, 2]].into_iter().flat_map(|sizes| all.map(|flags| (sizes, flags)))
        {
            let mut matrix = |name, [rows, cols]: [usize; 2], turned: bool| {
                let tensor = tape.batched(name, rows * cols);
                tensor.with_rows_per_sample(if turned { cols } else { rows })
            };
            let a = matrix("a", [m, k], transposed[0]);
            let b = matrix("b", [k, n], transposed[1]);
            cases.push(Self { a, b, transposed, y: matrix("y", [m, n], false) });
        }
        cases
    }
}
