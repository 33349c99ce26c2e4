//! Gradients checked: what the tape derives against differences of the loss, all in `f64` on the CPU.
//!
//! The numerical derivative is extrapolated from central differences, `(L(w + h) - L(w - h)) / 2h`, at steps from 1/8
//! down to 3·10⁻⁵ (Ridders, 1982): it is exact to about ten digits, and where it is not, because a rectified linear
//! unit has its kink within the last step, or because a derivative is lost in the rounding of the loss, the element
//! counts as unclear instead of as right.

mod difference;
mod model;
mod ops;
mod problem;
mod table;

use crate::backend::{Backend, Cpu};
use crate::error::Result;
use crate::nn::graph::Graph;
use crate::nn::losses::Losses;
use crate::random::{Purpose, Stream};
use crate::train::dataset::Dataset;

pub use ops::check_program;
use problem::Problem;
pub use table::{BOUND, GradCheck, Row};

/// Elements of a parameter that are checked at most; they are drawn.
const MOST_ELEMENTS: usize = 256;

/// Points at which a model is checked, until one is far from every kink.
const POINTS: usize = 3;

/// Checks the gradients of a model and a loss with respect to every parameter and the inputs.
///
/// Parameters are drawn by their initialisation, and from `N(0, 0.1²)` where that is 0, since a bias of 0 can put a
/// whole layer at a kink; up to three times, until no element is unclear. Dropout drops as in training. Of a parameter
/// with more than 256 elements, as many are drawn; of the dataset, the first 8 samples are taken. An autoencoder's
/// targets count as constants.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::layers::{Dense, Gelu, Sigmoid};
/// use wgrad::{Dataset, Sequential, gradcheck, losses};
///
/// let net = Sequential::new([2]).add(Dense::new(3)).add(Gelu).add(Dense::new(1)).add(Sigmoid);
/// let data = Dataset::regression(array![[0.5, -1.0], [1.5, 0.3]].view(), array![[0.0], [1.0]].view())?;
/// let check = gradcheck(&net, losses::MeanSquaredError, &data, 0)?;
/// println!("{check}");
/// assert!(check.passes());
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// Layers that do not fit; a dataset that does not fit the model; a layer without a derivative.
pub fn gradcheck(
    net: &impl AsRef<Graph>,
    losses: impl Into<Losses>,
    data: &Dataset,
    seed: u64,
) -> Result<GradCheck> {
    checked(net.as_ref(), &losses.into(), data, seed).map(|(_, check)| check)
}

/// [`gradcheck()`], with the gradients that a backend computes in `f32` beside it, at the same parameters.
///
/// ```
/// # use wgrad::ndarray::array;
/// # use wgrad::layers::{Dense, Tanh};
/// # use wgrad::{Dataset, Sequential, losses};
/// # let net = Sequential::new([2]).add(Dense::new(3)).add(Tanh).add(Dense::new(1));
/// # let data = Dataset::regression(array![[0.5, -1.0], [1.5, 0.3]].view(), array![[0.0], [1.0]].view())?;
/// use wgrad::backend::Cpu;
/// use wgrad::gradcheck::gradcheck_beside;
///
/// let mut device = Cpu::<f32>::new()?; // or a Gpu
/// let check = gradcheck_beside(&mut device, &net, losses::MeanSquaredError, &data, 0)?;
/// assert!(check.rows.iter().all(|row| row.device.is_some_and(|difference| difference < 1e-4)));
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// Those of [`gradcheck()`]; a lost device.
pub fn gradcheck_beside(
    backend: &mut dyn Backend,
    net: &impl AsRef<Graph>,
    losses: impl Into<Losses>,
    data: &Dataset,
    seed: u64,
) -> Result<GradCheck> {
    let (problem, mut check) = checked(net.as_ref(), &losses.into(), data, seed)?;
    let (there, exact) = (problem.gradients(backend)?, problem.gradients(&mut Cpu::<f64>::new()?)?);
    for ((row, there), exact) in check.rows.iter_mut().zip(there).zip(exact) {
        row.device = Some(farthest(&there, &exact));
    }
    Ok(check)
}

/// The check at the first point without an unclear element or with a wrong one, else at that with the fewest unclear.
fn checked(net: &Graph, losses: &Losses, data: &Dataset, seed: u64) -> Result<(Problem, GradCheck)> {
    let mut stream = Stream::new(seed, Purpose::Checking);
    let mut point = || -> Result<(Problem, GradCheck)> {
        let problem = model::problem(net, losses, data, &mut stream)?;
        let check = problem.check(MOST_ELEMENTS, &mut stream)?;
        Ok((problem, check))
    };
    let mut best = point()?;
    for _ in 1..POINTS {
        if best.1.unclear() == 0 || best.1.relative() > BOUND {
            break;
        }
        let other = point()?;
        if other.1.relative() > BOUND || other.1.unclear() < best.1.unclear() {
            best = other;
        }
    }
    Ok(best)
}

/// The largest difference, relative to the largest exact value.
fn farthest(there: &[f32], exact: &[f32]) -> f64 {
    let largest = exact.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    let differences = there.iter().zip(exact).map(|(there, exact)| f64::from((there - exact).abs()));
    let farthest = differences.fold(0.0, |farthest, d| if d > farthest || d.is_nan() { d } else { farthest });
    if largest > 0.0 { farthest / f64::from(largest) } else { farthest }
}
