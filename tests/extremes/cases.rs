//! Each op at all pairs of extreme numbers, with the formula that it has to follow.

mod losses;
mod moves;

use wgrad::op::Domain;
use wgrad::ops::activation::{Activation, Elu, HardTanh, LeakyRelu};
use wgrad::ops::loss::{
    DistributionCrossEntropy, DistributionScores, Elements, LossGradient, SoftmaxCrossEntropy, SoftmaxScores,
};
use wgrad::ops::optimizer::{Rule, Update};
use wgrad::ops::{
    Activate, ActivationGradient, AdaGrad, AddTo, Binary, ClipValue, Collect, Concat, Convert, Decay, Dense,
    Dropout, ElementLoss, Elementary, ElementaryGradient, Embedding, Function, Gather, Hits, ImageShape,
    Interpolation, Lion, MaximumGradient, Momentum, MovingAverage, OneHot, Operation, Pad, Reduce, Reduction,
    RmsProp, Sgd, Slice, Softmax, SoftmaxGradient, Spread, Transpose, Upsample, UpsampleGradient, ZeroPad,
};
use wgrad::program::{Batch, Program};
use wgrad::{Element, Op, Recorder, Tensor};

use crate::formulas::{self, Round, Term, sum};
use losses::{of_loss, of_scores};
use moves::{add_to, collect, columns, convert, dropout, embedding, gather, images};

/// What the numbers of a row have to become, output by output.
type Formula = Box<dyn Fn(&[f64], Round) -> Vec<Term>>;

/// An op, its inputs and what it has to give.
pub struct Case {
    pub name: String,
    pub program: Program,
    pub batch: Batch,
    pub rows: usize,
    /// The first `varied` of them have a row for each row of the outputs; the others are the same for all.
    pub inputs: Vec<(Tensor, Vec<f32>)>,
    pub varied: usize,
    pub indices: Vec<(Tensor, Vec<u32>)>,
    pub formula: Formula,
}

const ANY: [f32; 16] =
    [0.0, 1e-45, 1e-38, 1e-30, 1e-3, 0.5, 1.0, 5.0, 20.0, 80.0, 87.5, 90.0, 1e4, 1e30, 3e38, f32::INFINITY];
const UNIT: [f32; 9] = [0.0, 1e-45, 1e-38, 1e-30, 1e-7, 0.3, 0.5, 1.0 - f32::EPSILON / 2.0, 1.0];

/// Those numbers of a domain at which formulas break.
fn extremes(domain: Domain) -> Vec<f32> {
    let negative = |numbers: &[f32]| numbers.iter().map(|x| -x).collect::<Vec<_>>();
    match domain {
        Domain::Unit => [&UNIT[..], &[f32::NAN]].concat(),
        Domain::Signed => [&UNIT[..], &negative(&UNIT), &[f32::NAN]].concat(),
        Domain::NonNegative => [&ANY[..], &[f32::NAN]].concat(),
        _ => [&ANY[..], &negative(&ANY), &[f32::NAN]].concat(),
    }
}

/// All pairs of two lists, as two lists.
fn pairs(first: &[f32], second: &[f32]) -> [Vec<f32>; 2] {
    let each = || first.iter().flat_map(|a| second.iter().map(|b| (*a, *b)));
    [each().map(|(a, _)| a).collect(), each().map(|(_, b)| b).collect()]
}

/// A formula of one element of each input, for rows of `width` of them.
fn each(width: usize, f: impl Fn(&[f64]) -> Term + 'static) -> Formula {
    each_rounded(width, move |x, _| f(x))
}

/// The same of a formula that goes by a number in between.
fn each_rounded(width: usize, f: impl Fn(&[f64], Round) -> Term + 'static) -> Formula {
    Box::new(move |row, round| {
        let element = |j: usize| row.iter().skip(j).step_by(width).copied().collect::<Vec<_>>();
        (0..width).map(|j| f(&element(j), round)).collect()
    })
}

/// What a case is made of, before its op is recorded.
struct Maker {
    tape: Recorder,
    rows: usize,
    batch: Batch,
    inputs: Vec<(Tensor, Vec<f32>)>,
    indices: Vec<(Tensor, Vec<u32>)>,
}

impl Maker {
    fn new(rows: usize) -> Self {
        let batch = Batch { seed: 3, epoch: 5, rate: 0.125, ..Batch::of(rows) };
        let tape = Recorder::new("extremes", rows);
        Self { tape, rows, batch, inputs: Vec::new(), indices: Vec::new() }
    }

    /// Inputs of these columns of elements, `width` in a row, and a place for a result.
    fn of<const N: usize>(width: usize, columns: [Vec<f32>; N]) -> (Self, [Tensor; N], Tensor) {
        let mut maker = Self::new(columns[0].len().div_ceil(width));
        let inputs = columns.map(|mut column| {
            column.resize(maker.rows * width, 0.0);
            let tensor = maker.tape.batched("input", width);
            maker.inputs.push((tensor, column));
            tensor
        });
        let output = maker.tape.batched("output", width);
        (maker, inputs, output)
    }

    /// The same for what is not of a batch.
    fn arenas<const N: usize>(columns: [Vec<f32>; N]) -> (Self, [Tensor; N]) {
        let mut maker = Self::new(1);
        maker.rows = columns[0].len();
        let inputs = columns.map(|column| maker.shared(maker.rows, 1, column));
        (maker, inputs)
    }

    /// An input that is the same for all rows.
    fn shared(&mut self, rows: usize, cols: usize, values: Vec<f32>) -> Tensor {
        let tensor = self.tape.tensor("shared", Element::Real, rows, cols);
        self.inputs.push((tensor, values));
        tensor
    }

    fn finish(mut self, op: impl Op, varied: usize, formula: Formula) -> Case {
        let name = format!("{op:?}");
        let name = name.split(": Tensor").next().unwrap_or_default().to_string();
        self.tape.push(op);
        let program = self.tape.finish().unwrap();
        let (batch, rows, inputs, indices) = (self.batch, self.rows, self.inputs, self.indices);
        Case { name, program, batch, rows, inputs, varied, indices, formula }
    }
}

pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for width in [1, 4] {
        for activation in activations() {
            cases.extend(of_activation(&activation, width));
        }
        for loss in Elements::examples() {
            cases.extend(
                activations().iter().filter(|f| f.slope_from_output()).map(|f| of_loss(loss, f, width)),
            );
        }
        cases.extend(functions().into_iter().flat_map(|function| of_function(function, width)));
        cases.extend(Operation::ALL.into_iter().flat_map(|operation| of_two(operation, width)));
        cases.extend([gather(width), embedding(width), collect(width), add_to(width)]);
        cases.extend([0.0, 0.5].map(|rate| dropout(rate, width)));
    }
    cases.extend([2, 3].into_iter().flat_map(of_scores));
    cases.extend([false, true].into_iter().flat_map(reductions));
    cases.extend(columns());
    cases.extend(images());
    cases.extend([convert(Element::Real, Element::Half), convert(Element::Half, Element::Real)]);
    cases.extend([decay(), moving_average(), clip_value()]);
    cases.push(update(Sgd, |_, _| 0.0, |_, _, g| g));
    let momentum = |v: f64, g: f64| 0.5 * v + g;
    cases.push(update(Momentum { momentum: 0.5, nesterov: false }, momentum, |_, v, _| v));
    cases.push(update(Momentum { momentum: 0.5, nesterov: true }, momentum, |_, v, g| g + 0.5 * v));
    let rms_prop = RmsProp { rho: 0.5, epsilon: 0.0625 };
    cases.push(update(rms_prop, |v, g| 0.5 * v + 0.5 * g * g, |_, v, g| g / (v.sqrt() + 0.0625)));
    cases.push(update(AdaGrad { epsilon: 0.0625 }, |s, g| s + g * g, |_, s, g| g / (s.sqrt() + 0.0625)));
    let lion = Lion { beta1: 0.5, beta2: 0.75 };
    cases.push(update(lion, |m, g| 0.75 * m + 0.25 * g, |m, _, g| formulas::sign(0.5 * m + 0.5 * g)));
    cases
}

// === Activations ===

fn activations() -> Vec<Activation> {
    let mut all = Activation::examples();
    all.extend([
        LeakyRelu { negative_slope: 0.0 }.into(),
        Elu { alpha: 0.0 }.into(),
        Elu { alpha: 0.3 }.into(),
    ]);
    all.push(HardTanh { min: 0.3, max: 20.0 }.into());
    all
}

fn of_activation(activation: &Activation, width: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    let f = activation.clone();
    let (maker, [x], y) = Maker::of(width, [extremes(Domain::Any)]);
    let formula = each(width, move |x| formulas::value(&f, x[0]).into());
    cases.push(maker.finish(Activate { activation: activation.clone(), x, y }, 1, formula));

    let arguments = if activation.slope_from_output() { activation.values() } else { Domain::Any };
    let f = activation.clone();
    let (maker, [at, dy], dx) = Maker::of(width, pairs(&extremes(arguments), &extremes(Domain::Any)));
    let formula = each_rounded(width, move |x, round| (round(formulas::slope(&f, x[0])) * x[1]).into());
    cases.push(maker.finish(ActivationGradient { activation: activation.clone(), at, dy, dx }, 2, formula));

    if activation.slope_from_output() {
        cases.push(fused(activation, width));
    }
    cases
}

/// The activation behind a product with the identity.
fn fused(activation: &Activation, width: usize) -> Case {
    let (mut maker, [x], y) = Maker::of(width, [extremes(Domain::Any)]);
    let identity = (0..width * width).map(|i| if i % (width + 1) == 0 { 1.0 } else { 0.0 }).collect();
    let weight = maker.shared(width, width, identity);
    let f = activation.clone();
    let formula: Formula = Box::new(move |x, _| {
        let z = |j: usize| x.iter().enumerate().map(|(i, x)| if i == j { *x } else { 0.0 * x }).sum();
        (0..x.len()).map(|j| formulas::value(&f, z(j)).into()).collect()
    });
    maker.finish(Dense { x, weight, y, activation: activation.clone() }, 1, formula)
}

// === Elementary functions ===

fn functions() -> Vec<Function> {
    let powers = [0.0, 1.0, 2.0, 3.0, 67.0, -1.0, -2.0, 0.5, 1.5, -0.5, -1.5, 0.3, -0.3].map(Function::Power);
    let affine = Function::Affine { factor: -0.75, offset: 0.5 };
    let others = [
        Function::Scaled(-0.75),
        affine,
        Function::Exp,
        Function::Log,
        Function::Focal(2.0),
        Function::Focal(0.7),
    ];
    let clamps = [(-0.5, 20.0), (f32::MIN, 0.0)].map(|(least, most)| Function::Clamp { least, most });
    [&powers[..], &others[..], &clamps[..]].concat()
}

fn of_function(function: Function, width: usize) -> [Case; 2] {
    let focal = matches!(function, Function::Focal(_));
    let domain = if focal { Domain::NonNegative } else { Domain::Any };
    let (maker, [x], y) = Maker::of(width, [extremes(domain)]);
    let formula = each(width, move |x| formulas::function(function, x[0]));
    let forward = maker.finish(Elementary { function, x, y }, 1, formula);

    let arguments = if focal || function.slope_from_output() { Domain::NonNegative } else { Domain::Any };
    let (maker, [at, dy], dx) = Maker::of(width, pairs(&extremes(arguments), &extremes(Domain::Any)));
    let formula = each_rounded(width, move |x, round| {
        Term::from(round(formulas::function_slope(function, x[0], round))).times(x[1])
    });
    [forward, maker.finish(ElementaryGradient { function, at, dy, dx }, 2, formula)]
}

// === Two operands ===

fn combined(operation: Operation, a: f64, b: f64) -> Term {
    match operation {
        Operation::Sum => sum([a, b]),
        Operation::Difference => sum([a, -b]),
        Operation::Product => (a * b).into(),
        other => unreachable!("no formula of {other:?}"),
    }
}

/// Of every number with every other; with one for each row; and with a row that is the same for all.
fn of_two(operation: Operation, width: usize) -> [Case; 3] {
    let any = extremes(Domain::Any);
    let (maker, [a, b], y) = Maker::of(width, pairs(&any, &any));
    let formula = each(width, move |x| combined(operation, x[0], x[1]));
    let by_element = maker.finish(Binary { operation, a, b, y }, 2, formula);

    let (mut maker, [a], y) = Maker::of(width, [any.clone()]);
    let b = maker.tape.batched("beside", 1);
    maker.inputs.push((b, any.iter().rev().copied().cycle().take(maker.rows).collect()));
    let formula =
        move |x: &[f64], _: Round| x[..width].iter().map(|a| combined(operation, *a, x[width])).collect();
    let by_row = maker.finish(Binary { operation, a, b, y }, 2, Box::new(formula));

    let (mut maker, [a], y) = Maker::of(width, [any]);
    let row = [1e30, -0.5, 0.0, f32::INFINITY][..width].to_vec();
    let b = maker.shared(1, width, row.clone());
    let formula = move |x: &[f64], _: Round| {
        x.iter().zip(&row).map(|(a, b)| combined(operation, *a, f64::from(*b))).collect()
    };
    [by_element, by_row, maker.finish(Binary { operation, a, b, y }, 1, Box::new(formula))]
}

// === Reductions ===

/// Of two columns, or of two rows of a sample that have one column each.
fn reductions(over_rows: bool) -> Vec<Case> {
    let any = extremes(Domain::Any);
    let [first, second] = pairs(&any, &any);
    let both: Vec<f32> = first.iter().zip(&second).flat_map(|(a, b)| [*a, *b]).collect();
    let seen = |x: Tensor| if over_rows { x.with_rows_per_sample(2) } else { x };
    let mut cases = Vec::new();
    for reduction in Reduction::ALL {
        let (mut maker, [x], _) = Maker::of(2, [both.clone()]);
        let y = maker.tape.batched("reduced", 1);
        let formula = move |x: &[f64], round: Round| {
            let added = sum([x[0], x[1]]);
            vec![match reduction {
                Reduction::Sum => added,
                Reduction::Mean => Term { value: round(added.value), ..added }.times(0.5),
                Reduction::Maximum => formulas::maximum(x[0], x[1]).into(),
                other => unreachable!("no formula of {other:?}"),
            }]
        };
        cases.push(maker.finish(Reduce { reduction, x: seen(x), y }, 1, Box::new(formula)));
    }
    for (reduction, factor) in [(Reduction::Sum, 1.0), (Reduction::Mean, 0.5)] {
        let (mut maker, [x], _) = Maker::of(1, [any.clone()]);
        let y = maker.tape.batched("spread", 2);
        let formula = move |x: &[f64], _: Round| vec![Term::from(factor * x[0]); 2];
        cases.push(maker.finish(Spread { reduction, x, y: seen(y), slope: None }, 1, Box::new(formula)));
    }
    for gradient in [1.0, -3e38, f32::INFINITY, f32::NAN] {
        let (mut maker, [x], dx) = Maker::of(2, [both.clone()]);
        let dy = maker.tape.batched("dy", 1);
        maker.inputs.push((dy, vec![gradient; maker.rows]));
        let formula = move |x: &[f64], _: Round| {
            let second = x[1] > x[0] || x[1].is_nan() && !x[0].is_nan();
            vec![Term::from(if second { 0.0 } else { x[2] }), Term::from(if second { x[2] } else { 0.0 })]
        };
        cases.push(maker.finish(MaximumGradient { x: seen(x), dy, dx: seen(dx) }, 2, Box::new(formula)));
    }
    cases
}

// === Optimizers ===

/// Weights that shrink, and biases that do not.
fn decay() -> Case {
    let (mut maker, [parameters, mask]) = Maker::arenas(pairs(&extremes(Domain::Any), &[0.0, 1.0]));
    let factor = maker.shared(1, 1, vec![1.0]);
    let formula = each(1, |x| if x[1] == 0.0 { x[0].into() } else { sum([x[0], -0.125 * 0.5 * x[0]]) });
    maker.finish(Decay { parameters, mask, factor, decay: 0.5, rate_factor: 1.0 }, 2, formula)
}

fn clip_value() -> Case {
    let (mut maker, [gradients]) = Maker::arenas([extremes(Domain::Any)]);
    let factor = maker.shared(1, 1, vec![0.25]);
    let formula = each(1, |x| x[0].clamp(-2.0, 2.0).into());
    maker.finish(ClipValue { gradients, factor, limit: 0.5 }, 1, formula)
}

/// What follows a value; the factor 1 says that the step counts.
fn moving_average() -> Case {
    let (mut maker, [average, value]) = Maker::arenas(pairs(&extremes(Domain::Any), &extremes(Domain::Any)));
    let factor = maker.shared(1, 1, vec![1.0]);
    let formula = each(1, |x| sum([0.75 * x[0], 0.25 * x[1]]));
    maker.finish(MovingAverage { average, value, factor, momentum: 0.75 }, 2, formula)
}

/// A rule with its formula: the next moment from a moment and a gradient, and what the rate multiplies from the former moment, the
/// next one and the gradient.
fn update<R: Rule>(rule: R, moment: fn(f64, f64) -> f64, step: fn(f64, f64, f64) -> f64) -> Case {
    let moments = if R::SQUARES { Domain::NonNegative } else { Domain::Any };
    let [gradients, moments] = pairs(&extremes(Domain::Any), &extremes(moments));
    let weights = [0.0, 1.0, -1e30, f32::MAX].into_iter().cycle().take(moments.len()).collect();
    let (mut maker, [parameters, gradients, former]) = Maker::arenas([weights, gradients, moments]);
    maker.inputs.truncate(2 + R::MOMENTS);
    let factor = maker.shared(1, 1, vec![1.0]);
    let formula = move |x: &[f64], round: Round| {
        let former = x.get(2).copied().unwrap_or_default();
        let moment = round(moment(former, x[1]));
        let next = [sum([x[0], -0.125 * round(step(former, moment, x[1]))]), moment.into()];
        next[..=R::MOMENTS].to_vec()
    };
    let moments = if R::MOMENTS == 1 { vec![former] } else { Vec::new() };
    maker.finish(Update::new(rule, parameters, gradients, factor, moments), 2 + R::MOMENTS, Box::new(formula))
}
