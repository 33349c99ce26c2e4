//! The sums of the parts of many gradients.

use super::Fold;
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::pool::{Pool, UNIT, exact, unit_at};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Many [`Fold`]s whose sums lie in one buffer, and their parts in another: one dispatch where they would be many.
///
/// # Shapes
/// `parts`: 1 × n; `sum`: 1 × m, of which what is no sum stays as it is; `table`: a row for each sum, where it begins in `sum`, its size,
/// where its parts begin, and how many they are. Rows are in the order of the sums, and beginnings are counted in 64 numbers.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::AllFolds;
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("folds", 1);
/// let parts = tape.tensor("parts", Element::Real, 1, 66);
/// let sum = tape.tensor("sum", Element::Real, 1, 65);
/// // Two numbers in one part, and one in two parts.
/// let table = tape.constant("table", 2, &[0.0, 2.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0]);
/// tape.push(AllFolds { parts, sum, table });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// let values: Vec<f32> = (0..66).map(|number| number as f32).collect();
/// cpu.write(parts, Values::Real(&values))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// let sum = cpu.read(sum)?;
/// assert_eq!((sum[1], sum[2], sum[64]), (1.0, 0.0, 64.0 + 65.0));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AllFolds {
    /// The parts of all sums.
    pub parts: Tensor,
    /// The sums, and what lies between them.
    pub sum: Tensor,
    /// Where both are; a [constant](Recorder::constant).
    pub table: Tensor,
}

/// A row of the table.
struct Piece {
    /// Where its sum begins.
    sum: usize,
    size: usize,
    /// Where its parts begin.
    parts: usize,
    count: usize,
}

impl Piece {
    fn row(&self) -> Option<[f32; 4]> {
        Some([unit_at(self.sum)?, exact(self.size)?, unit_at(self.parts)?, exact(self.count)?])
    }
}

impl AllFolds {
    /// The same as these do, which write to one buffer.
    pub(super) fn of(folds: &[&Fold], pool: &mut Pool) -> Option<Self> {
        let mut folds = folds.to_vec();
        folds.sort_by_key(|fold| fold.sum.start);
        let (first, last) = (folds.first()?.sum, folds.last()?.sum);
        let mut table = Vec::new();
        for Fold { parts, sum } in &folds {
            let start = sum.start - first.start;
            let piece =
                Piece { sum: start, size: sum.cols, parts: pool.start_of(*parts)?, count: parts.rows };
            table.extend(piece.row()?);
        }
        let sum = Tensor { cols: last.range().end - first.start, ..first };
        Some(Self { parts: pool.all(), sum, table: pool.table(folds.len(), &table) })
    }
}

impl Op for AllFolds {
    const NAME: &'static str = "fold.all";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::InOut, self.sum), (Use::In, self.parts), (Use::In, self.table)]
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { parts, sum, table } = self;
        let plain = |tensor: &&Tensor| !tensor.is_batched() && tensor.element == Element::Real;
        let rows = [parts.rows, sum.rows];
        if [parts, sum, table].iter().all(plain) && rows == [1, 1] && table.cols == 4 {
            return Ok(());
        }
        Err(OpError::new(format!(
            "adds up {parts} to {sum} as {table} say; it needs rows of reals, and four numbers for each sum"
        )))
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (all, parts, table) = (views.output(0), views.input(1), views.input(2));
        for row in table.chunks_exact(4) {
            let [start, size, from, count] = [0, 1, 2, 3].map(|column| row[column].wide() as usize);
            let sum = &mut all[UNIT * start..][..size];
            sum.fill(T::zero());
            for part in parts[UNIT * from..].chunks_exact(size).take(count) {
                for (sum, part) in sum.iter_mut().zip(part) {
                    *sum += *part;
                }
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::by_table(shader!("conv/fold_all.wgsl"), self.sum, self.table)
    }

    fn flops(&self) -> f64 {
        self.parts.len() as f64
    }
}

impl OpCases for AllFolds {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |sums: &[(usize, usize)]| {
            let (mut table, mut end, mut parts): (Vec<f32>, usize, usize) = (Vec::new(), 0, 0);
            for (size, count) in sums {
                end = end.next_multiple_of(UNIT);
                let piece = Piece { sum: end, size: *size, parts, count: *count };
                table.extend(piece.row().into_iter().flatten());
                // What lies behind it is no sum.
                (end, parts) = (end + size + 2, (parts + size * count).next_multiple_of(UNIT));
            }
            Self {
                parts: tape.tensor("parts", Element::Real, 1, parts),
                sum: tape.tensor("sum", Element::Real, 1, end),
                table: tape.constant("table", sums.len(), &table),
            }
        };
        vec![
            case(&[(160, 8), (32, 16)]),
            case(&[(1, 3)]),
            case(&[(64, 2), (7, 1), (4_640, 4), (70, 16), (1, 5)]),
        ]
    }
}
