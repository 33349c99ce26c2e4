//! Labels as rows.

use crate::error::OpError;
use crate::ops::one_label_a_row;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, equal_rows_per_sample};

/// A row of zeros with 1 at the place of each label.
///
/// # Shapes
/// `labels`: batch × 1, integers; `y`: batch × classes.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::OneHot;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("one hot", 2);
/// let (labels, y) = (tape.batched_of("labels", Element::U32, 1), tape.batched("y", 3));
/// tape.push(OneHot { labels, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(labels, Values::U32(&[2, 0]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(y)?, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OneHot {
    /// The class of each row.
    pub labels: Tensor,
    /// The rows.
    pub y: Tensor,
}

impl Op for OneHot {
    const NAME: &'static str = "one_hot";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.labels), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        equal_rows_per_sample(&[self.labels, self.y])?;
        one_label_a_row(self.labels)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (labels, y) = (views.integers(0), views.output(1));
        y.fill(T::zero());
        for (row, label) in y.chunks_exact_mut(self.y.cols).zip(labels) {
            if let Some(place) = row.get_mut(*label as usize) {
                *place = T::one();
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(shader!("one_hot.wgsl"), self.y.len()).size("COLS", self.y.cols)
    }

    fn flops(&self) -> f64 {
        0.0
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::Below(self.y.cols)
    }
}

impl OpCases for OneHot {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |classes| Self {
            labels: tape.batched_of("labels", Element::U32, 1),
            y: tape.batched("y", classes),
        };
        [1, 10, 97].map(&mut case).into()
    }
}
