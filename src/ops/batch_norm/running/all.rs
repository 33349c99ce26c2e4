//! The running statistics of many norms.

use super::RunningMoments;
use crate::error::OpError;
use crate::ops::batch_norm::parts::Parts;
use crate::ops::one_number;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Scale, Split, Use, Views};
use crate::program::pool::{Pool, UNIT, exact, unit_at};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Many [`RunningMoments`] whose running statistics lie in one buffer, and the batch's in another: one dispatch where they would be many.
///
/// # Shapes
/// `moments`: 1 × n; `running`: 1 × m, of which what is of no norm stays as it is; `factor`: 1 × 1; `table`: a row for each norm, where
/// it begins in `running`, its channels, where its moments begin, the pixels of a sample, and the momentum. Rows are in the order of
/// `running`, and beginnings are counted in 64 numbers.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::AllRunningMoments;
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("running moments", 1);
/// let moments = tape.tensor("moments", Element::Real, 1, 66);
/// let running = tape.tensor("running", Element::Real, 1, 66);
/// let factor = tape.tensor("factor", Element::Real, 1, 1);
/// // Two norms of a channel and of two pixels.
/// let table = tape.constant("table", 2, &[0.0, 1.0, 0.0, 2.0, 0.75, 1.0, 1.0, 1.0, 2.0, 0.5]);
/// tape.push(AllRunningMoments { moments, running, factor, table, parts: 1, samples: 1 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(moments, Values::Real(&[4.0; 66]))?; // means and variances
/// cpu.write(factor, Values::Real(&[1.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// let running = cpu.read(running)?;
/// assert_eq!((&running[..3], &running[64..]), (&[1.0, 2.0, 0.0][..], &[2.0, 4.0][..]));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AllRunningMoments {
    /// The statistics of the batch, of all norms.
    pub moments: Tensor,
    /// What follows them, and what lies between.
    pub running: Tensor,
    /// What the optimizer multiplies gradients by; where it is negative, nothing changes.
    pub factor: Tensor,
    /// Where both are; a [constant](Recorder::constant).
    pub table: Tensor,
    /// Parts of a batch.
    pub parts: usize,
    /// Samples of a part.
    pub samples: usize,
}

/// A row of the table.
struct Piece {
    /// Where its running statistics begin.
    running: usize,
    channels: usize,
    /// Where its moments begin.
    moments: usize,
    pixels: usize,
    momentum: f32,
}

impl Piece {
    fn row(&self) -> Option<[f32; 5]> {
        let Self { running, channels, moments, pixels, momentum } = *self;
        Some([unit_at(running)?, exact(channels)?, unit_at(moments)?, exact(pixels)?, momentum])
    }
}

impl AllRunningMoments {
    /// The same as these do, which write to one buffer, where they have the same parts and factor.
    pub(super) fn of(all: &[&RunningMoments], pool: &mut Pool) -> Option<Self> {
        let mut all = all.to_vec();
        all.sort_by_key(|norm| norm.running.start);
        let (first, last) = (*all.first()?, all.last()?.running);
        let Parts { parts, samples, .. } = first.of.parts();
        let mut table = Vec::new();
        for norm in &all {
            let of = norm.of.parts();
            if [of.parts, of.samples] != [parts, samples] || norm.factor != first.factor {
                return None;
            }
            let piece = Piece {
                running: norm.running.start - first.running.start,
                channels: of.channels,
                moments: pool.start_of(norm.of.moments)?,
                pixels: of.pixels,
                momentum: norm.momentum,
            };
            table.extend(piece.row()?);
        }
        let cols = last.range().end - first.running.start;
        let running = Tensor { rows: 1, cols, ..first.running };
        let (moments, table) = (pool.all(), pool.table(all.len(), &table));
        Some(Self { moments, running, factor: first.factor, table, parts, samples })
    }
}

impl Op for AllRunningMoments {
    const NAME: &'static str = "batch_norm.running.all";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let Self { moments, running, factor, table, .. } = *self;
        vec![(Use::In, moments), (Use::InOut, running), (Use::In, factor), (Use::In, table)]
    }

    fn check(&self) -> Result<(), OpError> {
        one_number(self.factor)?;
        let Self { moments, running, table, .. } = self;
        let plain = |tensor: &&Tensor| !tensor.is_batched() && tensor.element == Element::Real;
        let rows = [moments.rows, running.rows];
        if [moments, running, table].iter().all(plain) && rows == [1, 1] && table.cols == 5 {
            return Ok(());
        }
        Err(OpError::new(format!(
            "moves {running} towards {moments} as {table} say; it needs rows of reals, and five numbers for each norm"
        )))
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (moments, all, table) = (views.input(0), views.output(1), views.input(3));
        if views.input(2)[0] < T::zero() {
            return;
        }
        for row in table.chunks_exact(5) {
            let [start, channels, from, pixels] = [0, 1, 2, 3].map(|column| row[column].wide() as usize);
            let parts = Parts { channels, pixels, parts: self.parts, samples: self.samples };
            let moments = &moments[UNIT * from..][..2 * channels * self.parts];
            let running = &mut all[UNIT * start..][..2 * channels];
            let mut room = vec![T::zero(); 2 * channels];
            parts.follow(moments, views.batch.rows as usize, row[4], [running, &mut room]);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let main = shader!("batch_norm/running_all.wgsl");
        let mut kernel = Kernel::by_table(main, self.running, self.table);
        for file in [
            shader!("batch_norm/follow.wgsl"),
            shader!("batch_norm/statistics.wgsl"),
            shader!("batch_norm/one_norm.wgsl"),
            shader!("batch_norm/parts.wgsl"),
            shader!("batch_norm/sizes_of_table.wgsl"),
            shader!("pool/one.wgsl"),
        ] {
            kernel = kernel.with(file);
        }
        kernel.size("PARTS", self.parts).size("SAMPLES", self.samples)
    }

    /// The sum of many shares.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn flops(&self) -> f64 {
        4.0 * self.moments.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 2 { Domain::Unit } else { Domain::Any }
    }
}

impl OpCases for AllRunningMoments {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let samples = tape.capacity();
        let mut case = |parts: usize, norms: &[[usize; 2]]| {
            let (mut table, mut end, mut moments): (Vec<f32>, usize, usize) = (Vec::new(), 0, 0);
            for (number, [channels, pixels]) in norms.iter().copied().enumerate() {
                end = end.next_multiple_of(UNIT);
                let momentum = 0.9 - 0.25 * number as f32;
                let piece = Piece { running: end, channels, moments, pixels, momentum };
                table.extend(piece.row().into_iter().flatten());
                // What lies behind it is of no norm.
                end += 2 * channels + 3;
                moments = (moments + 2 * channels * parts).next_multiple_of(UNIT);
            }
            let mut row = |name, cols| tape.tensor(name, Element::Real, 1, cols);
            let (moments, running, factor) = (row("moments", moments), row("running", end), row("factor", 1));
            let table = tape.constant("table", norms.len(), &table);
            Self { moments, running, factor, table, parts, samples: samples.div_ceil(parts) }
        };
        vec![case(4, &[[4, 9], [16, 6]]), case(2, &[[3, 1]]), case(5, &[[1, 5], [72, 2], [64, 3], [8, 35]])]
    }
}
