//! The ops: each file has an op's meaning, its kernel and its derivative; `shaders/` has the WGSL beside it.

mod accuracy;
pub mod activation;
mod augment;
mod batch_norm;
mod binary;
mod clip;
mod clip_value;
mod collect;
mod columns;
mod conv;
mod decay;
pub mod dense;
mod dropout;
mod elementary;
mod embedding;
mod gather;
mod group_norm;
mod image;
pub mod loss;
mod loss_scale;
mod moving_average;
mod one_hot;
pub mod optimizer;
mod pool;
mod random;
mod record;
mod reduce;
mod samples;
mod softmax;
mod trust_ratio;

use std::num::NonZeroUsize;

use crate::error::OpError;
use crate::program::Program;
use crate::program::op::{Op, OpCases};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

pub use crate::program::recorder::add_to::AddTo;
pub use crate::program::recorder::convert::Convert;
pub use crate::program::recorder::seed::Seed;
pub use accuracy::Hits;
pub(crate) use accuracy::{first_largest, one_label_a_row};
pub use activation::{Activate, ActivationGradient};
pub use augment::{Erase, ImageShape, Noise, RandomTransform, Warp, WarpGradient};
pub use batch_norm::{
    AllRunningMoments, BatchMoments, BatchNorm, BatchNormGradient, BatchNormSums, FoldedNorm, RunningMoments,
    TwoNorms,
};
pub use binary::{Binary, Operation};
pub use clip::{ClipFactor, SumSquares};
pub use clip_value::ClipValue;
pub use collect::Collect;
pub use columns::{Concat, MOST_PARTS, Pad, Slice};
pub use conv::{
    AllFolds, Conv2d, ConvInputGradient, ConvTranspose2d, ConvWeightGradient, Fold, GroupedConv2d,
    GroupedConvInputGradient, GroupedConvWeightGradient, Window,
};
pub use decay::Decay;
pub use dense::{Dense, Gradients, InputGradient, WeightGradient};
pub use dropout::Dropout;
pub use elementary::{Elementary, ElementaryGradient, Function};
pub use embedding::{Embedding, EmbeddingGradient};
pub use gather::Gather;
pub use group_norm::{GroupNorm, GroupNormGradient};
pub use image::{Interpolation, Upsample, UpsampleGradient, ZeroPad};
pub use loss::{ElementLoss, SoftmaxCrossEntropy};
pub use loss_scale::LossScale;
pub(crate) use loss_scale::{FIRST_SCALE, LEAST_SCALE};
pub use moving_average::MovingAverage;
pub use one_hot::OneHot;
pub use optimizer::{
    AdaGrad, Adam, Adamax, LambStep, Lion, Momentum, Nadam, RmsProp, Sgd, Update, WeightAverage,
};
pub use pool::{AveragePool, AveragePoolGradient, MaxPool, MaxPoolGradient};
pub(crate) use record::one_for_each_row;
pub use reduce::{BatchSum, MaximumGradient, Reduce, Reduction, Spread};
pub use samples::{BatchedProduct, Transpose};
pub use softmax::{Softmax, SoftmaxGradient};
pub use trust_ratio::TrustRatio;

/// Every case of an op as a program of one step, for batches of up to `capacity` samples.
///
/// ```
/// use wgrad::ops::{Softmax, cases_of};
///
/// let programs = cases_of::<Softmax>(67)?;
/// assert!(programs.iter().all(|program| program.capacity() == 67 && program.steps()[0].name() == "softmax"));
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// A case whose tensors do not fit.
pub fn cases_of<O: OpCases>(capacity: usize) -> crate::error::Result<Vec<Program>> {
    let mut tape = Recorder::new(O::NAME, capacity);
    let cases = O::cases(&mut tape);
    programs(&tape, cases)
}

/// The same of its cases with halves.
///
/// ```
/// use wgrad::Element;
/// use wgrad::ops::{Dense, half_cases_of};
///
/// for program in half_cases_of::<Dense>(67)? {
///     assert!(program.buffers().values().any(|info| info.element == Element::Half));
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// A case whose tensors do not fit.
pub fn half_cases_of<O: OpCases>(capacity: usize) -> crate::error::Result<Vec<Program>> {
    let mut tape = Recorder::new(O::NAME, capacity);
    let cases = O::half_cases(&mut tape);
    programs(&tape, cases)
}

fn programs<O: Op>(of: &Recorder, cases: Vec<O>) -> crate::error::Result<Vec<Program>> {
    let program = |op: O| {
        let mut tape = Recorder::new(O::NAME, of.capacity()).share(of.buffers());
        tape.push(op);
        tape.finish()
    };
    cases.into_iter().map(program).collect()
}

macro_rules! catalogue {
    ($($op:ty),* $(,)?) => {
        /// Every case of every op of the crate, for batches of up to `capacity` samples: what the tests walk over.
        ///
        /// ```
        /// let programs = wgrad::ops::catalogue(5)?;
        /// assert!(programs.iter().any(|program| program.steps()[0].name() == "group_norm"));
        /// # Ok::<(), wgrad::Error>(())
        /// ```
        ///
        /// # Errors
        /// A case whose tensors do not fit.
        pub fn catalogue(capacity: usize) -> crate::error::Result<Vec<Program>> {
            let mut all = Vec::new();
            $(all.extend(cases_of::<$op>(capacity)?);)*
            Ok(all)
        }

        /// The same of their cases with halves.
        ///
        /// ```
        /// let of_halves = wgrad::ops::half_catalogue(5)?;
        /// assert!(!of_halves.is_empty() && of_halves.len() < wgrad::ops::catalogue(5)?.len());
        /// # Ok::<(), wgrad::Error>(())
        /// ```
        ///
        /// # Errors
        /// A case whose tensors do not fit.
        pub fn half_catalogue(capacity: usize) -> crate::error::Result<Vec<Program>> {
            let mut all = Vec::new();
            $(all.extend(half_cases_of::<$op>(capacity)?);)*
            Ok(all)
        }

        /// The cases of `f32` with so many rows for each sample, of the ops that take them.
        ///
        /// ```
        /// use std::num::NonZeroUsize;
        ///
        /// let rows = NonZeroUsize::MIN.saturating_add(2);
        /// let of_group_norm: Vec<_> = wgrad::ops::catalogue_of_rows(5, rows)
        ///     .into_iter()
        ///     .filter(|program| program.name() == "group_norm")
        ///     .collect();
        /// assert!(!of_group_norm.is_empty());
        /// for program in of_group_norm {
        ///     assert_eq!(program.steps()[0].operands()[0].1.per_sample, Some(rows));
        /// }
        /// ```
        pub fn catalogue_of_rows(capacity: usize, rows: NonZeroUsize) -> Vec<Program> {
            let mut all = Vec::new();
            $(
                let mut tape = Recorder::new(<$op>::NAME, capacity).with_rows_per_sample(rows);
                let cases = <$op>::cases(&mut tape);
                all.extend(cases.into_iter().filter_map(|case| programs(&tape, vec![case]).ok()).flatten());
            )*
            all
        }
    };
}

catalogue! {
    Dense, InputGradient, WeightGradient, Gradients,
    Conv2d, ConvInputGradient, ConvWeightGradient, ConvTranspose2d, Fold, AllFolds,
    GroupedConv2d, GroupedConvInputGradient, GroupedConvWeightGradient,
    MaxPool, MaxPoolGradient, AveragePool, AveragePoolGradient,
    ZeroPad, Upsample, UpsampleGradient,
    Activate, ActivationGradient, Softmax, SoftmaxGradient, Dropout,
    ElementLoss, SoftmaxCrossEntropy, loss::DistributionCrossEntropy, Hits, OneHot, Gather, Collect, Convert, AddTo, Seed, SumSquares, ClipFactor, ClipValue, LossScale,
    Elementary, ElementaryGradient, Binary, Reduce, Spread, MaximumGradient, BatchSum,
    BatchMoments, BatchNorm, BatchNormSums, BatchNormGradient, RunningMoments, AllRunningMoments, FoldedNorm, TwoNorms,
    GroupNorm, GroupNormGradient, Embedding, EmbeddingGradient, Concat, Slice, Pad, Transpose,
    BatchedProduct,
    Noise, RandomTransform, Warp, WarpGradient, Erase,
    Decay, MovingAverage, TrustRatio,
    Update<Sgd>, Update<Momentum>, Update<RmsProp>, Update<AdaGrad>, Update<Lion>,
    Update<Adam>, Update<Adamax>, Update<Nadam>, Update<LambStep>,
    Update<WeightAverage>,
}

/// `N` numbers side by side, as what a processor computes with at once.
#[inline(always)]
pub(crate) fn some<T: Real, const N: usize>(numbers: &[T], first: usize) -> [T; N] {
    let mut some = [T::zero(); N];
    some.copy_from_slice(&numbers[first..first + N]);
    some
}

/// Adds other numbers to these, if there are any.
#[inline(always)]
pub(crate) fn add_each<T: Real>(added: &[T], numbers: &mut [T]) {
    for (number, added) in numbers.iter_mut().zip(added) {
        *number += *added;
    }
}

/// An error unless all tensors have the element of the first.
pub(crate) fn of_one_element(tensors: &[Tensor]) -> Result<(), OpError> {
    match tensors.iter().find(|t| t.element != tensors[0].element) {
        Some(other) => Err(OpError::new(format!(
            "needs one element, and has {:?} and {:?}",
            tensors[0].element, other.element
        ))),
        None => Ok(()),
    }
}

/// An error unless a factor is one number.
pub(crate) fn one_number(factor: Tensor) -> Result<(), OpError> {
    if factor.len() == 1 { Ok(()) } else { Err(OpError::new(format!("needs one factor, and has {factor}"))) }
}
