//! The batch's rows of a dataset.

use std::num::NonZeroUsize;

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{AnyOp, Domain, NO_DERIVATIVE, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// `out[i] = scale · source[indices[first + i]]`, row by row; bytes become reals, and unsigned integers stay as they are, without a
/// scale.
///
/// # Shapes
/// `source`: samples × n, bytes, reals or integers; `indices`: 1 × anything, each under `samples`; `out`: batch × n, reals or halves,
/// or integers where the source has those; `labels`: samples × k and batch × k, integers.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::Gather;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("gather", 2);
/// let source = tape.tensor("images", Element::U8, 3, 2);
/// let (indices, out) = (tape.tensor("indices", Element::U32, 1, 3), tape.batched("batch", 2));
/// tape.push(Gather { source, indices, out, scale: 1.0 / 255.0, labels: None });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(source, Values::U8(&[0, 255, 255, 0, 51, 51]))?;
/// cpu.write(indices, Values::U32(&[1, 0, 2]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(out)?, [1.0, 0.0, 0.0, 1.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gather {
    /// The dataset.
    pub source: Tensor,
    /// Row numbers in the order of training; a batch starts at its `first`.
    pub indices: Tensor,
    /// The batch.
    pub out: Tensor,
    /// What each element is multiplied by: 1/255 for images.
    pub scale: f32,
    /// The labels of all samples and those of the batch, where they are gathered in the same step.
    pub labels: Option<[Tensor; 2]>,
}

impl Op for Gather {
    const NAME: &'static str = "gather";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.source), (Use::In, self.indices), (Use::Out, self.out)];
        operands.extend(self.labels.into_iter().flat_map(|[all, out]| [(Use::In, all), (Use::Out, out)]));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        let fit = match self.source.element {
            Element::U8 | Element::Real => self.out.element != Element::U32,
            Element::U32 => self.out.element == Element::U32 && self.scale == 1.0,
            Element::Half => false,
        };
        if self.indices.element != Element::U32 || !fit {
            let [source, indices, out] = [self.source, self.indices, self.out].map(|tensor| tensor.element);
            return Err(OpError::new(format!(
                "takes {source:?} rows by {indices:?} indices to {out:?}, times {}",
                self.scale
            )));
        }
        if self.source.cols != self.out.cols || self.out.per_sample != Some(NonZeroUsize::MIN) {
            return Err(OpError::new(format!(
                "takes rows of a {} source to a {} batch",
                self.source, self.out
            )));
        }
        self.of_labels().map_or(Ok(()), |labels| Op::check(&labels))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    fn places(&self) -> Option<usize> {
        Some(self.indices.len())
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (indices, integers, out) = (views.integers(1), views.integers_mut(2), views.output(2));
        let first = views.batch.first as usize + views.span.start;
        let (scale, cols) = (T::of(self.scale.into()), self.out.cols);
        for (row, index) in integers.chunks_exact_mut(cols).zip(&indices[first..]) {
            row.copy_from_slice(&views.integers(0)[*index as usize * cols..][..cols]);
        }
        for (row, index) in out.chunks_exact_mut(cols).zip(&indices[first..]) {
            let at = *index as usize * cols..(*index as usize + 1) * cols;
            match self.source.element {
                Element::U8 => {
                    for (x, byte) in row.iter_mut().zip(&views.bytes(0)[at]) {
                        *x = T::of(f64::from(*byte)) * scale;
                    }
                }
                _ => {
                    for (x, value) in row.iter_mut().zip(&views.input(0)[at]) {
                        *x = *value * scale;
                    }
                }
            }
        }
        if let Some(labels) = self.of_labels() {
            labels.cpu(&mut views.some(&[3, 1, 4], views.span.clone()));
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let rows = shader!("gather/rows.wgsl");
        let source = match self.source.element {
            Element::U32 => shader!("gather/integers.wgsl"),
            Element::U8 => shader!("gather/bytes.wgsl"),
            _ => shader!("gather/reals.wgsl"),
        };
        let widths = [shader!("gather/one.wgsl"), shader!("gather/four.wgsl")];
        let kernel = match self.source.element {
            Element::U32 => Kernel::per_element(rows, self.out.len()),
            _ => Kernel::by_fours(rows, self.out, widths, device),
        };
        let kernel = kernel.with(source).size("COLS", self.out.cols).constant("SCALE", self.scale);
        let Some([_, out]) = self.labels else { return kernel.with(shader!("gather/alone.wgsl")) };
        let Kernel { workgroups, .. } = Kernel::per_element(rows, out.len());
        let kernel = Kernel { workgroups: workgroups.max(kernel.workgroups), ..kernel };
        kernel.with(shader!("gather/labels.wgsl")).size("LABELS", out.cols)
    }

    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let later: &Self = later.as_any().downcast_ref()?;
        let fits = [self, later].iter().all(|step| step.labels.is_none())
            && later.source.element == Element::U32
            && later.indices == self.indices;
        let labels = Some([later.source, later.out]);
        fits.then(|| Box::new(Self { labels, ..self.clone() }) as Box<dyn AnyOp>)
    }

    fn takes_halves(&self) -> bool {
        true
    }

    /// Who asks for the gradient of a batch has it; that of the dataset is none.
    fn vjp(&self, tape: &mut Recorder) {
        if tape.wants(self.source) || !tape.is_asked(self.out) {
            tape.refuse(Self::NAME, NO_DERIVATIVE);
        }
    }

    fn flops(&self) -> f64 {
        self.out.len() as f64
    }

    fn bytes(&self) -> f64 {
        let row = self.out.cols * (self.source.element.bytes() + self.out.element.bytes());
        (self.out.rows * (row + self.indices.element.bytes())) as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 1 { Domain::Below(self.source.rows) } else { Domain::Any }
    }
}

impl Gather {
    /// The labels as a step of their own.
    fn of_labels(&self) -> Option<Self> {
        let [source, out] = self.labels?;
        Some(Self { source, out, scale: 1.0, labels: None, ..self.clone() })
    }
}

impl OpCases for Gather {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Self::of_sizes(tape, Element::Real, &[(1, 1), (7, 13), (41, 784)]);
        cases.extend(
            [(1, 1), (7, 13), (41, 64)].map(|sizes| Self::of(tape, Element::U32, Element::U32, 1.0, sizes)),
        );
        for number in [1, 2, 4] {
            let case: Self = cases[number].clone();
            let all = tape.tensor("labels", Element::U32, case.source.rows, number);
            let out = tape.batched_of("batch labels", Element::U32, number);
            cases.push(Self { labels: Some([all, out]), ..case });
        }
        cases
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of_sizes(tape, Element::Half, &[(1, 4), (7, 52), (41, 784)])
    }
}

impl Gather {
    /// Cases of samples and columns, from bytes and from reals.
    fn of_sizes(tape: &mut Recorder, out: Element, sizes: &[(usize, usize)]) -> Vec<Self> {
        let kinds = [(Element::U8, 1.0 / 255.0), (Element::Real, 1.0)];
        let each = kinds.into_iter().flat_map(|kind| sizes.iter().map(move |sizes| (kind, *sizes)));
        each.map(|((element, scale), sizes)| Self::of(tape, element, out, scale, sizes)).collect()
    }

    /// A case of a source with so many samples and columns.
    fn of(tape: &mut Recorder, element: Element, out: Element, scale: f32, sizes: (usize, usize)) -> Self {
        let (samples, cols) = sizes;
        let source = tape.tensor("source", element, samples, cols);
        let indices = tape.tensor("indices", Element::U32, 1, tape.capacity());
        Self { source, indices, out: tape.batched_of("out", out, cols), scale, labels: None }
    }
}
