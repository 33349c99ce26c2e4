//! Sums of radial basis functions as two dense layers, which every backend runs.
//!
//! Every row x is first mapped to √γ (x − m), where m is the mean of the rows at hand. The kernel does not notice the
//! shift, and in `exp(−γ‖x − s‖²) = exp(2 x·s − ‖x‖² − ‖s‖²)` no digits are lost to a large offset. With −‖x‖² as a
//! further feature, the exponents at all s are a dense layer with the weights 2s and 1 and the bias −‖s‖².
//!
//! Rows that are spread far on the kernel's scale do lose digits in f32. So every sum comes with a bound of its error,
//! and where the bound leaves a question open, the sum is computed in f64 from differences instead.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, array, s};

use super::SvmError;
use super::binary::Points;
use crate::backend::{Backend, ProgramId, Values, wait};
use crate::error::{Result, misshaped};
use crate::ops::activation::{Activation, Radial};
use crate::ops::{Dense, Gather};
use crate::program::op::MAX_OPERANDS;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};
use crate::train::model::mapping::{Mapping, Taken};

/// Points whose kernel values are computed together: with ten thousand support vectors they stay in a processor's
/// third-level cache.
const POINTS: usize = 128;

/// Features are padded to a multiple of this, for the GPU's kernels that load vectors of four.
const VECTOR: usize = 4;

/// As many outputs as there are `centres`, or a few more: a device compiles a kernel for every size, and the subsets of a
/// fit have a new one in each round. There are four sizes between powers of two.
fn padded(centres: usize) -> usize {
    let step = (centres.next_power_of_two() / 8).max(VECTOR);
    centres.max(1).next_multiple_of(step)
}

/// The map x ↦ √γ (x − m) under which the kernel is `exp(−‖x − s‖²)`.
#[derive(Debug, Clone)]
pub(super) struct Embedding {
    mean: Array1<f64>,
    scale: f64,
}

impl Embedding {
    /// Takes m from `rows`, which must not be empty.
    pub(super) fn new(rows: ArrayView2<'_, f32>, gamma: f64) -> Self {
        let sum = rows.fold_axis(Axis(0), 0.0, |sum: &f64, &x| sum + f64::from(x));
        Self { mean: sum / rows.nrows() as f64, scale: gamma.sqrt() }
    }

    pub(super) fn apply(&self, rows: ArrayView2<'_, f32>) -> Embedded {
        let (count, features) = rows.dim();
        let mut embedded = Array2::zeros((count, (features + 1).next_multiple_of(VECTOR)));
        for (mut to, from) in embedded.outer_iter_mut().zip(rows.outer_iter()) {
            let mut norm = 0.0;
            for ((to, from), mean) in to.iter_mut().zip(from).zip(&self.mean) {
                *to = (self.scale * (f64::from(*from) - mean)) as f32;
                norm += f64::from(*to).powi(2);
            }
            to[features] = -norm as f32;
        }
        Embedded { rows: embedded, features }
    }
}

/// Rows under an [`Embedding`], each followed by the negative of its squared norm and zeros.
#[derive(Debug, Clone)]
pub(super) struct Embedded {
    rows: Array2<f32>,
    features: usize,
}

impl Embedded {
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        Self { rows: self.rows.select(Axis(0), rows), features: self.features }
    }

    pub(super) fn norm(&self, row: usize) -> f64 {
        f64::from(-self.rows[[row, self.features]]).sqrt()
    }

    pub(super) fn count(&self) -> usize {
        self.rows.nrows()
    }

    pub(super) fn largest_norm(&self) -> f64 {
        (0..self.count()).map(|row| self.norm(row)).fold(0.0, f64::max)
    }

    /// The weights, and as the last row the bias, of the dense layer whose outputs at other such rows are the exponents.
    fn exponents(&self) -> Array2<f32> {
        let (count, width) = self.rows.dim();
        let mut layer = Array2::zeros((width + 1, padded(count)));
        let centres = self.rows.slice(s![.., ..self.features]);
        layer.slice_mut(s![..self.features, ..count]).assign(&(&centres.t() * 2.0));
        layer.row_mut(self.features).fill(1.0);
        layer.slice_mut(s![width, ..count]).assign(&self.rows.column(self.features));
        layer
    }
}

/// The functions `f_p(x) = Σ_s K(x, s) w_sp − rho_p` over support rows s, one for every column p of w.
#[derive(Debug, Clone)]
pub(super) struct Expansion {
    exponents: Array2<f32>,
    sums: Array2<f32>,
}

impl Expansion {
    /// `support` and `weights` have one row per support vector, `rho` one number per function.
    pub(super) fn new(support: &Embedded, weights: ArrayView2<'_, f32>, rho: ArrayView1<'_, f32>) -> Self {
        let exponents = support.exponents();
        let centres = exponents.ncols();
        let mut sums = Array2::zeros((centres + 1, weights.ncols()));
        sums.slice_mut(s![..weights.nrows(), ..]).assign(&weights);
        sums.row_mut(centres).assign(&rho.mapv(|rho| -rho));
        Self { exponents, sums }
    }

    /// Evaluates every function at every point: points × functions.
    pub(super) fn evaluate(&self, points: &Embedded, backend: &mut dyn Backend) -> Result<Array2<f32>> {
        let (count, width) = points.rows.dim();
        let (mapping, layers) = self.record(count, width)?;
        let program = backend.compile(&mapping.program)?;
        let values = self.run(&mapping, layers, program, points, backend);
        backend.release(program);
        let values = Array2::from_shape_vec((count, self.sums.ncols()), values?);
        values.map_err(misshaped)
    }

    fn record(&self, samples: usize, width: usize) -> Result<(Mapping, [Tensor; 2])> {
        let mut tape = Recorder::new("svm", POINTS.min(samples));
        let mut layer =
            |name, values: &Array2<f32>| tape.tensor(name, Element::Real, values.nrows(), values.ncols());
        let layers = [layer("svm.exponents", &self.exponents), layer("svm.sums", &self.sums)];
        let (taken, widths) = ([Taken { element: Element::Real, width }], [self.sums.ncols()]);
        let mapping = Mapping::record(tape, &taken, samples, &widths, |tape, sources, indices| {
            let x = tape.batched("svm.points", width);
            tape.push(Gather { source: sources[0], indices, out: x, scale: 1.0, labels: None });
            let dense = |tape: &mut Recorder, name, x, weight: Tensor, activation| {
                let y = tape.batched(name, weight.cols);
                tape.push(Dense { x, weight, y, activation });
                y
            };
            let kernel = dense(tape, "svm.kernel", x, layers[0], Radial.into());
            Ok(vec![dense(tape, "svm.values", kernel, layers[1], Activation::identity())])
        })?;
        let mapping = mapping.with_program(|program| program.lean(Some(MAX_OPERANDS)));
        Ok((mapping, layers))
    }

    fn run(
        &self,
        mapping: &Mapping,
        layers: [Tensor; 2],
        program: ProgramId,
        points: &Embedded,
        backend: &mut dyn Backend,
    ) -> Result<Vec<f32>> {
        for (tensor, values) in layers.into_iter().zip([&self.exponents, &self.sums]) {
            backend.write(tensor, Values::Real(standard(values)))?;
        }
        let (width, rows) = (points.rows.ncols(), standard(&points.rows));
        let of = |some: std::ops::Range<usize>| Values::Real(&rows[some.start * width..some.end * width]);
        let values = mapping.run(backend, program, |_, some| of(some));
        Ok(wait("RbfSvm::predict", values)?.into_iter().flatten().collect())
    }
}

/// Bounds the f32 rounding of `Σ_s K(x, s) w_s`.
///
/// With `n` terms in a sum, its error is under `λ √n u` times the sum of the terms' magnitudes, almost surely (Higham and
/// Mary, "A New Approach to Probabilistic Rounding Error Analysis", 2019). An exponent's terms are under `(‖x‖ + ‖s‖)²`
/// together, and a kernel value is at most 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErrorBound {
    /// The largest norm of the s.
    norm: f64,
    /// What one unit of `(‖x‖ + ‖s‖)²` brings, and what there is in any case.
    by_norm: f64,
    always: f64,
}

impl ErrorBound {
    /// For these s and magnitudes `Σ |w_s|` of `terms` weights.
    pub(super) fn new(support: &Embedded, magnitude: f64, terms: usize) -> Self {
        const LAMBDA: f64 = 4.0;
        // u, and in units of u: coordinates are rounded twice, the exponential and the weight count for eight.
        const ROUNDING: f64 = f32::EPSILON as f64 / 2.0;
        let exponent = 2.0 + LAMBDA * ((support.features + 2) as f64).sqrt();
        let sum = 8.0 + LAMBDA * (terms as f64).sqrt();
        let unit = ROUNDING * magnitude;
        // What is too small for f32 becomes 0.
        let vanishing = (terms + 2) as f64 * f64::from(f32::MIN_POSITIVE);
        Self { norm: support.largest_norm(), by_norm: unit * exponent, always: unit * sum + vanishing }
    }

    /// The bound at a point of the norm `‖x‖`.
    pub(super) fn at(&self, norm: f64) -> f64 {
        (norm + self.norm).powi(2) * self.by_norm + self.always
    }
}

/// Opens a backend; called from several threads.
pub(super) type MakeBackend<'m> = dyn Fn() -> crate::error::Result<Box<dyn Backend>> + Sync + 'm;

/// Sums over all rows outside a working set, in f32 on a backend that is opened when it is first needed.
pub(super) struct Scanner<'a> {
    embedded: &'a Embedded,
    open: &'a MakeBackend<'a>,
    backend: Option<Box<dyn Backend>>,
}

impl<'a> Scanner<'a> {
    /// Fewer rows are not worth a dense layer.
    const FEW: usize = 400;
    /// The largest error with which a sum helps: margins are of order 1.
    const LARGEST_ERROR: f64 = 0.5;

    pub(super) fn new(embedded: &'a Embedded, open: &'a MakeBackend<'a>) -> Self {
        Self { embedded, open, backend: None }
    }

    /// `Σ_s alpha_s K(x, s)` at some positions with a bound of its error, or `None` where f32 is of no use.
    pub(super) fn sums(
        &mut self,
        points: &Points<'_>,
        positions: &[usize],
        alpha: &[f64],
    ) -> Result<Option<Vec<(f64, f64)>>, SvmError> {
        if positions.len() < Self::FEW {
            return Ok(None);
        }
        let row_numbers = |positions: &[usize]| -> Vec<usize> {
            positions.iter().map(|position| points.rows[*position]).collect()
        };
        let support: Vec<usize> = (0..alpha.len()).filter(|position| alpha[*position] != 0.0).collect();
        let weights: Vec<f64> = support.iter().map(|position| alpha[*position]).collect();
        let magnitude = weights.iter().map(|weight| weight.abs()).sum();
        let support = self.embedded.select(&row_numbers(&support));
        let bound = ErrorBound::new(&support, magnitude, weights.len());
        let rows = self.embedded.select(&row_numbers(positions));
        let errors: Vec<f64> = (0..rows.count()).map(|row| bound.at(rows.norm(row))).collect();
        let useful = errors.iter().filter(|error| **error <= Self::LARGEST_ERROR).count();
        if 2 * useful < rows.count() {
            return Ok(None);
        }
        let weights = Array1::from_iter(weights.iter().map(|weight| *weight as f32)).insert_axis(Axis(1));
        let expansion = Expansion::new(&support, weights.view(), array![0.0].view());
        let backend = match &mut self.backend {
            Some(backend) => backend,
            none => none.insert((self.open)()?),
        };
        let sums = expansion.evaluate(&rows, &mut **backend)?;
        Ok(Some(sums.iter().map(|sum| f64::from(*sum)).zip(errors).collect()))
    }
}

/// The elements row by row; every array here is made that way.
fn standard(values: &Array2<f32>) -> &[f32] {
    values.as_slice().unwrap_or_default()
}
